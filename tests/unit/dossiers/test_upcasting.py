"""Old versions are lifted at read; what nobody knows is named, not dumped."""

import json

import pytest

from dossiers.envelope import TYPES, decode
from dossiers.errors import TamperedError
from dossiers.events import Withdrawn
from dossiers.upcasting import LIFTS, Content, lift, successor
from tests.assets.make_events_v1 import GOLDEN

NAME = "vn.nambuoc.dossier.withdrawn"
BODY = next(line for line in GOLDEN.read_bytes().splitlines() if NAME.encode() in line)
COVER = json.loads(BODY)


def written(name: str, data: Content) -> bytes:
    """Write the golden withdrawal as another release would have."""
    return json.dumps(COVER | {"type": name, "data": data}).encode()


def renamed(content: Content) -> Content:
    return {"why": content["text"]}


def shortened(content: Content) -> Content:
    return {"reason": str(content["why"]).partition(";")[0]}


def test_an_old_version_is_read_as_the_present_one() -> None:
    body = written(f"{NAME}.v0", {"why": "đổi ý; theo đơn"})

    read = decode(body, lifts={f"{NAME}.v0": shortened})

    assert read.fact == Withdrawn(reason="đổi ý")
    assert read.version == COVER["streamversion"]


def test_versions_are_lifted_one_by_one_and_the_old_content_stays() -> None:
    content: Content = {"text": "đổi ý; theo đơn"}

    lifted = lift("x.gone.v1", content, {"x.gone.v1": renamed, "x.gone.v2": shortened})

    assert lifted == ("x.gone.v3", {"reason": "đổi ý"})
    assert content == {"text": "đổi ý; theo đơn"}


@pytest.mark.parametrize("data", [{}, {"why": 1, "more": 2}, {"WHY": "x"}])
def test_an_old_content_that_cannot_be_lifted_is_refused(data: Content) -> None:
    with pytest.raises(TamperedError, match="cannot be read"):
        decode(written(f"{NAME}.v0", data), lifts={f"{NAME}.v0": renamed})


@pytest.mark.parametrize(
    ("name", "vi", "en"),
    [
        (f"{NAME}.v2", "chỉ biết v1", f"'{NAME}.v2': this program knows v1 of it"),
        ("vn.nambuoc.dossier.eaten.v1", "không có trong", "no type 'vn.nambuoc.dos"),
        ("", "loại «»", "no type ''"),
        ("x" * 9999, f"{'x' * 80}…»", f"{'x' * 80}…'"),
    ],
)
def test_a_type_from_elsewhere_is_named(name: str, vi: str, en: str) -> None:
    body = written(name, {"reason": "đổi ý"})

    with pytest.raises(TamperedError) as caught:
        decode(body)

    assert vi in caught.value.vi
    assert en in caught.value.en
    assert caught.value.vi.endswith("hãy cập nhật nambuoc")
    assert caught.value.en.endswith("update nambuoc")


def test_a_newer_envelope_is_blamed_on_its_type() -> None:
    body = json.dumps(COVER | {"type": f"{NAME}.v2", "newattribute": 1}).encode()

    with pytest.raises(TamperedError, match=r"withdrawn\.v2.*knows v1 of it"):
        decode(body)


def test_a_wrong_field_is_named_without_its_value() -> None:
    with pytest.raises(TamperedError) as caught:
        decode(written(f"{NAME}.v1", {"reason": ["secret"]}))

    assert f"{NAME}.v1.reason: " in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_lift_leads_to_a_type_that_is_read() -> None:
    for name in LIFTS:
        assert successor(name) in {*LIFTS, *TYPES}
        assert name not in TYPES


@pytest.mark.parametrize("name", ["x", "x.v", "x.v1a", "x.v²", "x.v-1"])
def test_a_name_without_a_version_has_no_successor(name: str) -> None:
    assert successor("x.v9") == "x.v10"
    with pytest.raises(ValueError, match="has no version"):
        successor(name)
