"""Components of the catalogue: papers, notes among them, groups."""

import re
from collections import Counter

from dossiers.catalogue.findings import Kind
from dossiers.catalogue.reader import Reader, Record, number
from dossiers.procedure import Component, ComponentGroup

MOST = 999
_PATH = "executionCases"
# Headings under which papers are handed in together; any other name is a case.
_TOGETHER = re.compile(
    r"\W*(giấy tờ phải nộp|giấy tờ phải xuất trình|lưu ý|thành phần hồ sơ|)\W*"
)


def read_components(
    reader: Reader, record: Record
) -> tuple[tuple[Component, ...], tuple[ComponentGroup, ...]]:
    """Read `executionCases`: every row is kept, as a paper or as a note."""
    components: list[Component] = []
    groups: list[ComponentGroup] = []
    for order, (path, row) in enumerate(reader.rows(record, _PATH, _PATH), 1):
        found = _group(reader, row, path, order)
        name = reader.name(row, "name", f"{path}.name")
        has_papers = any(not component.is_note for component in found)
        together = _TOGETHER.fullmatch(name.lower()) is not None
        groups.append(
            ComponentGroup(
                number=order, name=name, is_alternative=has_papers and not together
            )
        )
        components += found
        _note_group(reader, path, name, found)
    settled = _settled(groups)
    _note_all(reader, components, settled)
    return tuple(components), settled


def _settled(groups: list[ComponentGroup]) -> tuple[ComponentGroup, ...]:
    """Leave no alternative alone: a choice needs two."""
    if sum(group.is_alternative for group in groups) > 1:
        return tuple(groups)
    return tuple(g.model_copy(update={"is_alternative": False}) for g in groups)


def _group(reader: Reader, group: Record, path: str, order: int) -> list[Component]:
    found: list[Component] = []
    taken: dict[str, int] = {}
    place = f"{path}.profileComponents"
    for row_path, row in reader.rows(group, "profileComponents", place):
        component = _component(reader, row, row_path, order)
        code = component.code
        while code in taken:
            taken[component.code] += 1
            code = f"{component.code}#{taken[component.code]}"
        if code != component.code:
            reader.note(f"{row_path}.code", Kind.COMPONENT_REPEATED, component.code)
        taken[code] = 1
        found.append(component.model_copy(update={"code": code}))
    return found


def _component(reader: Reader, row: Record, path: str, order: int) -> Component:
    code = reader.code_of(row, path)
    name = reader.name(row, "name", f"{path}.name")
    if not code:
        code = "#" + path.rpartition("[")[2].rstrip("]")
        reader.note(f"{path}.code", Kind.COMPONENT_NO_CODE, name)
    if not name:
        reader.note(f"{path}.name", Kind.COMPONENT_NO_NAME, code)
    original = _quantity(reader, row, "originalQty", path)
    copies = _quantity(reader, row, "copyQty", path)
    is_note = original + copies == 0
    if is_note:
        reader.note(path, Kind.COMPONENT_NOTE, f"{code} {name}")
    return Component(
        code=code,
        name=name,
        original=original,
        copy_=copies,
        group=order,
        is_note=is_note,
        has_form=reader.flag(row, "hasElectronicForm") or bool(row.get("attachments")),
        is_outcome=reader.flag(row, "isProcessingResult")
        if "isProcessingResult" in row
        else None,
        accepts=() if is_note or code.startswith("#") else (code,),
    )


def _quantity(reader: Reader, row: Record, key: str, path: str) -> int:
    found = number(row.get(key))
    if found is None or found % 1 or not 0 <= found <= MOST:
        reader.note(f"{path}.{key}", Kind.COMPONENT_QUANTITY, row.get(key))
        return 0
    return int(found)


def _note_group(reader: Reader, path: str, name: str, found: list[Component]) -> None:
    if not name:
        reader.note(f"{path}.name", Kind.GROUP_NO_NAME)
    if not found:
        reader.note(path, Kind.GROUP_EMPTY, name)
    elif all(component.is_note for component in found):
        reader.note(path, Kind.GROUP_NOTES_ONLY, name)


def _note_all(
    reader: Reader, components: list[Component], groups: tuple[ComponentGroup, ...]
) -> None:
    papers = [component for component in components if not component.is_note]
    if not papers:
        reader.note(_PATH, Kind.COMPONENT_NONE)
    else:
        reader.note(_PATH, Kind.COMPONENT_REQUIRED, f"{len(papers)} papers")
    for code, count in Counter(component.code for component in components).items():
        if count > 1:
            reader.note(_PATH, Kind.COMPONENT_IN_GROUPS, f"{code} {count}x")
    silent = sum(component.is_outcome is None for component in components)
    if silent:
        reader.note(_PATH, Kind.COMPONENT_OUTCOME_FLAG, f"{silent}x")
    choice = [str(group.number) for group in groups if group.is_alternative]
    if choice:
        reader.note(_PATH, Kind.GROUP_ALTERNATIVES, ", ".join(choice))
