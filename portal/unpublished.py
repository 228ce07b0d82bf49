"""What to run when a procedure is asked for that is not in force yet."""

from collections.abc import Iterator
from contextlib import contextmanager

from dossiers.errors import NotFoundError
from infra.house import House


@contextmanager
def leading(house: House, reference: str) -> Iterator[None]:
    """Add the next command to the refusal of a procedure that nobody published."""
    try:
        yield
    except NotFoundError as error:
        advice = _advice(house, reference)
        if advice is None:
            raise
        vi, en = f"{error.vi}; {advice[0]}", f"{error.en}; {advice[1]}"
        raise NotFoundError(vi, en) from error


def _advice(house: House, reference: str) -> tuple[str, str] | None:
    """Say how the procedure goes live; None when it is live or not known at all."""
    if not any(True for _ in house.catalogue.all()):
        run = "nambuoc procedure import --sample"
        return f"chưa nhập danh mục nào: {run}", f"no catalogue was imported: {run}"
    try:
        found = house.catalogue.look_up(reference)
    except NotFoundError:
        return None
    if found.state == "published":
        return None
    run = f"nambuoc procedure publish {found.reference} --clean --as lanhdao"
    return f"mới là bản thảo, hãy công bố: {run}", f"only a draft; publish it: {run}"
