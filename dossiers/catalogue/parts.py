"""Results, legal bases, applicants, bodies and ways of return of one record."""

import re
from typing import Literal, get_args

from dossiers.catalogue.findings import Kind
from dossiers.catalogue.reader import Reader, Record
from dossiers.procedure import Body, Coded, Result

_REFUSAL = re.compile("từ chối|không (chấp thuận|cho phép|đồng ý|đủ điều kiện)")
_EITHER = re.compile("hoặc không (chấp thuận|cho phép|đồng ý|đủ điều kiện)")
Role = Literal["executing", "competent", "authorized", "coordinating"]
_ROLE_KEYS: dict[Role, str] = {
    "executing": "Executing",
    "competent": "Authority",
    "authorized": "Authorized",
    "coordinating": "Coordinating",
}


def read_results(reader: Reader, record: Record) -> tuple[Result, ...]:
    """Read `resultsDetails`; a refusal among them is marked."""
    found = []
    for path, row in reader.rows(record, "resultsDetails", "resultsDetails"):
        code = reader.code_of(row, path)
        name = reader.name(row, "name", f"{path}.name")
        said = name.lower()
        refusal = bool(_REFUSAL.search(said)) and not _EITHER.search(said)
        if not code:
            reader.note(f"{path}.code", Kind.RESULT_CODE, name)
        if refusal:
            reader.note(path, Kind.RESULT_REFUSAL, f"{code} {name}")
        found.append(Result(code=code, name=name, is_refusal=refusal))
    if not found:
        reader.note("resultsDetails", Kind.RESULT_NONE)
    if len(found) > 1:
        codes = ", ".join(result.code for result in found)
        reader.note("resultsDetails", Kind.RESULT_SEVERAL, codes)
    return tuple(found)


def read_laws(reader: Reader, record: Record) -> tuple[Coded, ...]:
    """Read `legalBasisesDetails` (căn cứ pháp lý)."""
    found = _coded(reader, record, "legalBasisesDetails")
    if found:
        reader.note("legalBasisesDetails", Kind.LEGAL_BASIS_DATES, f"{len(found)}x")
    else:
        reader.note("legalBasisesDetails", Kind.LEGAL_BASIS_NONE)
    return found


def read_applicants(reader: Reader, record: Record) -> tuple[Coded, ...]:
    """Read `subjectTypesDetails` (đối tượng thực hiện)."""
    found = _coded(reader, record, "subjectTypesDetails")
    if not found:
        reader.note("subjectTypesDetails", Kind.APPLICANT_NONE)
    return found


def read_field(reader: Reader, record: Record) -> Coded | None:
    """Read the field (lĩnh vực) from `categoriesDetails`, else from `category`."""
    found = _coded(reader, record, "categoriesDetails")
    if len(found) > 1:
        codes = ", ".join(each.code for each in found)
        reader.note("categoriesDetails", Kind.FIELD_SEVERAL, codes)
    if not found and (one := reader.object(record, "category", "category")):
        found = (_one_coded(reader, one, "category"),)
    if not found:
        reader.note("categoriesDetails", Kind.FIELD_NONE)
    return found[0] if found else None


def read_bodies(reader: Reader, record: Record) -> tuple[Body, ...]:
    """Read who executes, is competent, authorised, coordinates: agency or group."""
    found = []
    for role in get_args(Role):
        for key in (f"departments{_ROLE_KEYS[role]}", f"unitGroups{_ROLE_KEYS[role]}"):
            for path, row in reader.rows(record, key, key):
                code = reader.name(row, "code", f"{path}.code") or None
                name = reader.name(row, "name", f"{path}.name")
                found.append(Body(code=code, name=name, role=role))
    roles = {body.role for body in found}
    if "competent" not in roles:
        reader.note("departmentsAuthority", Kind.COMPETENT_NONE)
    if "executing" not in roles:
        reader.note("departmentsExecuting", Kind.EXECUTING_NONE)
    return tuple(found)


def read_delivery(reader: Reader, record: Record) -> tuple[str, ...]:
    """Read `returningMethods`: `ONLINE:AT_HOME` for an online dossier sent home."""
    found = []
    for path, row in reader.rows(record, "returningMethods", "returningMethods"):
        kind = reader.name(row, "type", f"{path}.type")
        listed = row.get("value")
        ways = listed if isinstance(listed, list) else [listed]
        for place, way in enumerate(ways, 1):
            text = reader.name({"way": way}, "way", f"{path}.value[{place}]")
            found.append(f"{kind}:{text}")
    if not found:
        reader.note("returningMethods", Kind.DELIVERY_NONE)
    return tuple(found)


def _coded(reader: Reader, record: Record, key: str) -> tuple[Coded, ...]:
    return tuple(
        _one_coded(reader, row, path) for path, row in reader.rows(record, key, key)
    )


def _one_coded(reader: Reader, row: Record, path: str) -> Coded:
    code = reader.name(row, "code", f"{path}.code")
    return Coded(code=code, name=reader.name(row, "name", f"{path}.name"))
