"""`nambuoc report reuse`: digitised, reused, asked again; down to the dossiers."""

from typing import Annotated

import typer

from dossiers.errors import MalformedError
from infra.reuse_figures import COUNTS, FORMULAS, GROUPS, Tally, counted, tally
from portal.commands.report import app
from portal.house import opened
from portal.options import maybe_instant
from portal.output import answer, say
from portal.verbs import verb

_NAMES = {
    "eligible": ("thuộc diện số hóa", "eligible"),
    "digitized": ("đã số hóa", "digitised"),
    "bound": ("dùng lại", "reused"),
    "from_component": ("từ thành phần hồ sơ khác", "from a component"),
    "from_result": ("từ kết quả giải quyết", "from a result"),
    "uploaded": ("nộp mới", "handed in"),
    "asked_again": ("nộp lại dù kho đã có", "asked again"),
    "asked_again_citizen": ("do người dân chọn", "by the citizen's choice"),
    "asked_again_officer": ("do cán bộ yêu cầu", "by the officer"),
    "asked_again_mismatch": ("do giấy tờ không khớp", "by a mismatch"),
    "dossiers_reusable": ("hồ sơ có thể dùng lại", "dossiers that could reuse"),
    "dossiers_reusing": ("hồ sơ có dùng lại", "dossiers that did"),
    "refused": ("tệp bị từ chối", "files refused"),
    "unclassified": ("chưa phân loại", "not classified"),
    "digitized_rate": ("tỷ lệ số hóa", "digitised rate"),
    "component_reuse": ("tỷ lệ dùng lại thành phần", "component reuse"),
    "dossier_reuse": ("tỷ lệ hồ sơ dùng lại", "dossier reuse"),
    "asked_again_rate": ("tỷ lệ hỏi lại", "asked-again rate"),
}


@verb(
    app,
    "reuse",
    "Số hóa, tái sử dụng, hỏi lại giấy tờ trong kỳ; --list kê ra từng hồ sơ.",
    "Papers digitised, reused, asked again; --list names the dossiers.",
)
def reuse(
    *,
    from_: Annotated[str | None, typer.Option("--from", metavar="T")] = None,
    to: Annotated[str | None, typer.Option(metavar="T")] = None,
    by: Annotated[str | None, typer.Option(help="|".join(GROUPS))] = None,
    list_: Annotated[str | None, typer.Option("--list", metavar="NAME")] = None,
) -> None:
    """Count papers that came in within [from, to), by events of that time alone."""
    _demand_one_of(by, tuple(GROUPS), "--by")
    _demand_one_of(list_, COUNTS, "--list")
    first, last = maybe_instant(from_, "--from"), maybe_instant(to, "--to")
    with opened() as house:
        found = tally(house, first=first, last=last)
        if list_ is not None:
            codes = found.lists()[list_]
            answer({"name": list_, "count": len(codes), "dossiers": codes}, codes)
            return
        _tell(found, by)


def _tell(found: Tally, by: str | None) -> None:
    whole = counted(found.lists())
    document: dict[str, object] = whole | {"formulas": _formulas()}
    lines = _lines(whole)
    if by is not None:
        parts = {name: counted(lists) for name, lists in found.groups(by).items()}
        document["by"] = {by: parts}
        for name, part in parts.items():
            lines += [f"{name}", *_lines(part)]
    answer(document, lines)


def _formulas() -> dict[str, str]:
    return {
        name: f"{over} / ({' + '.join(under)})"
        for name, (over, under) in FORMULAS.items()
    }


def _lines(counts: dict[str, object]) -> list[str]:
    return [
        f"  {say(*_NAMES[name]):<28} {'-' if value is None else value}"
        for name, value in counts.items()
    ]


def _demand_one_of(value: str | None, known: tuple[str, ...], option: str) -> None:
    if value is not None and value not in known:
        names = ", ".join(known)
        vi = f"{option} {value!r}: chọn một trong {names}"
        raise MalformedError(vi, f"{option} {value!r}: one of {names}")
