"""Who is who in the register, and who is competent."""

import pytest

from dossiers.errors import NotCompetentError, NotFoundError
from dossiers.parties import Agency, Officer, Register, Role
from dossiers.values import Actor


def officer(officer_id: str, agency: str, *roles: Role) -> Officer:
    return Officer(
        id=officer_id,
        name="Nguyễn Văn A",
        position="cong-chuc",
        agency=agency,
        unit="mot-cua",
        roles=roles,
    )


AGENCIES = tuple(
    Agency(code=code, name=f"UBND {code}", short="UBND", place="Hạ Long")
    for code in ("H49.1", "H49.2")
)
REGISTER = Register(
    version="1",
    agencies=AGENCIES,
    officers=(
        officer("a", "H49.1", "counter"),
        officer("b", "H49.1", "specialist", "head"),
        officer("c", "H49.2", "specialist"),
        officer("d", "H49.1", "specialist"),
    ),
)


def test_officers_act_in_their_position_and_agency() -> None:
    assert REGISTER.actor("c") == Actor(id="c", position="cong-chuc", agency="H49.2")
    assert REGISTER.actor("engine") == Actor(
        id="engine", position="engine", agency="H49.1"
    )


def test_roles_are_held_in_one_agency_in_register_order() -> None:
    assert [o.id for o in REGISTER.holding("H49.1", "specialist")] == ["b", "d"]
    assert REGISTER.first("H49.2", "specialist").id == "c"
    assert REGISTER.agency("H49.2").name == "UBND H49.2"


def test_a_missing_part_of_the_register_is_named_with_what_is_there() -> None:
    with pytest.raises(NotFoundError, match=r"no agency H1; known: H49\.1, H49\.2"):
        REGISTER.agency("H1")
    with pytest.raises(NotFoundError, match="no officer z; for example: a, b, c, d"):
        REGISTER.officer("z")
    with pytest.raises(NotFoundError, match=r"agency H49\.2 has nobody in role clerk"):
        REGISTER.first("H49.2", "clerk")


def test_who_is_not_competent_is_told_who_is_and_by_which_rule() -> None:
    assert REGISTER.demand("b", "head", rule="Đ19.1").id == "b"
    with pytest.raises(NotCompetentError, match="who can: b, d") as refused:
        REGISTER.demand("a", "specialist", rule="Đ19.1")
    assert refused.value.rule == "Đ19.1"
    with pytest.raises(NotCompetentError, match="who can: -"):
        REGISTER.demand("c", "leader", rule="Đ13")
