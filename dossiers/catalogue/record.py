"""One record of the portal → a draft procedure with findings, or a refusal."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from dossiers.catalogue.components import read_components
from dossiers.catalogue.fees import compare_fees
from dossiers.catalogue.findings import Finding, Kind, Reason, Refused
from dossiers.catalogue.limits import read_cases, read_methods
from dossiers.catalogue.parsing import LineError, parse
from dossiers.catalogue.parts import (
    read_applicants,
    read_bodies,
    read_delivery,
    read_field,
    read_laws,
    read_results,
)
from dossiers.catalogue.reader import Reader, Record, number
from dossiers.codes import AgencyCode, ProcedureCode
from dossiers.errors import MalformedError
from dossiers.procedure import Decision, Level, Method, Procedure, ServiceLevel
from dossiers.values import Channel, local

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = 4_102_444_800_000  # year 2100
STATES = {"ACTIVE", "UPDATED"}
TYPES = {"STANDARD", "SPECIFIC", "STANDARD_INTERNAL"}
LEVELS = {
    "isWard": Level.WARD,
    "isProvince": Level.PROVINCE,
    "isMinistry": Level.MINISTRY,
    "isOtherAgency": Level.OTHER,
}
FLAGS = (
    "isFullProcess",
    "isInternal",
    "isNonTerritorial",
    "isOfflineOnly",
    "isSharedService",
    "isUndetermined",
    "isVertical",
)
READ = {
    *("code", "codeNotation", "name", "state", "type", "procedureProposal", *FLAGS),
    *("departmentPromulgateCode", "departmentPromulgateName", *LEVELS),
    *("executionMethods", "executionCases", "cases", "resultsDetails"),
    *("legalBasisesDetails", "categoriesDetails", "category", "subjectTypesDetails"),
    *("departmentsExecuting", "departmentsAuthority", "departmentsAuthorized"),
    *("departmentsCoordinating", "unitGroupsExecuting", "unitGroupsAuthority"),
    *("unitGroupsAuthorized", "unitGroupsCoordinating", "returningMethods"),
}
# Prose, ids of the portal's own rows, and texts that repeat what is read elsewhere.
LEFT = {
    *("id", "executionSteps", "description", "requirementsAndConditions", "note"),
    *("keywords", "createdAt", "updatedAt", "serviceGroupsDetails", "formalityType"),
    *("categoryIds", "serviceGroupIds", "legalBasisIds", "resultIds"),
    *("subjectTypeIds", "departmentExecutingIds", "departmentAuthorityIds"),
    *("departmentAuthorizedIds", "departmentCoordinatingIds", "departmentPromulgateId"),
    *("unitGroupExecutingIds", "unitGroupAuthorityIds", "unitGroupAuthorizedIds"),
    *("unitGroupCoordinatingIds", "executingAgencies", "delegatedAgencies"),
    *("authorizedAgencies", "coordinatingAgencies", "dossierReceivingAddresses"),
}
EMPTY = {
    *("decisionNo", "fees", "profileComponents", "targetObjects", "departmentDetails"),
    *("procedureRelatedGroup", "formalityTargetType"),
}
_ENDS = ("executionMethods", "executionCases", "cases", "resultsDetails")


@dataclass(frozen=True, slots=True)
class Draft:
    """A line that became a draft version, and what a person should know of it."""

    line: int
    procedure: Procedure
    findings: tuple[Finding, ...]


def read_record(line: int, raw: bytes) -> Draft | Refused:
    """Read one line of the catalogue; never raises for what the line holds."""
    code = ""
    try:
        record, marked = parse(raw)
        reader = Reader(line, "")
        code = str(_code(reader, record))
        reader = Reader(line, code, [_renamed(f, code) for f in reader.findings])
        if marked:
            reader.note("", Kind.BYTE_ORDER_MARK)
        procedure = _procedure(reader, record, code)
    except LineError as error:
        return Refused(line, code or error.code, error.reason, error.detail)
    return Draft(line, procedure, reader.close())


def _renamed(finding: Finding, code: str) -> Finding:
    return Finding(finding.line, code, finding.field, finding.kind, finding.value)


def _code(reader: Reader, record: Record) -> ProcedureCode:
    notation = record.get("codeNotation")
    given = record.get("code") or notation
    if not isinstance(given, str) or not given.strip():
        raise LineError(Reason.NO_CODE)
    text = given.strip()
    if text != given:
        reader.note("code", Kind.CODE_BLANKS, repr(given))
    if isinstance(notation, str) and notation.strip() != text:
        reader.note("codeNotation", Kind.CODE_NOTATION, f"{text}, {notation}")
    try:
        return ProcedureCode.parse(text)
    except MalformedError as error:
        raise LineError(Reason.BAD_CODE, error.en, text) from None


def _procedure(reader: Reader, record: Record, code: str) -> Procedure:
    name = reader.name(record, "name", "name")
    if not name:
        raise LineError(Reason.NO_NAME)
    _note_keys(reader, record)
    methods = read_methods(reader, record)
    compare_fees(reader, methods)
    components, groups = read_components(reader, record)
    return Procedure(
        code=code,
        issuer=_issuer(reader, record),
        issuer_name=reader.name(
            record, "departmentPromulgateName", "departmentPromulgateName"
        ),
        name=name,
        catalogue_state=_word(reader, record, "state", STATES, Kind.STATE_UNKNOWN),
        catalogue_type=_word(reader, record, "type", TYPES, Kind.TYPE_UNKNOWN),
        levels=_levels(reader, record),
        flags=tuple(flag for flag in FLAGS if reader.flag(record, flag)),
        service_level=_service_level(reader, record, methods),
        decision=_decision(reader, record),
        field=read_field(reader, record),
        components=components,
        groups=groups,
        methods=methods,
        cases=read_cases(reader, record, methods),
        results=read_results(reader, record),
        legal_bases=read_laws(reader, record),
        applicants=read_applicants(reader, record),
        bodies=read_bodies(reader, record),
        delivery=read_delivery(reader, record),
        originals=tuple(reader.originals),
    )


def _note_keys(reader: Reader, record: Record) -> None:
    for key, value in record.items():
        if key in EMPTY and value:
            reader.note(key, Kind.KEY_UNREAD)
        elif key not in READ | LEFT | EMPTY:
            reader.note(key[:60], Kind.KEY_UNKNOWN, key)
    for key in _ENDS:
        if record.get(key) is None:
            reader.note(key, Kind.KEY_MISSING, key)


def _issuer(reader: Reader, record: Record) -> str:
    path = "departmentPromulgateCode"
    given = reader.name(record, path, path)
    if not given:
        reader.note(path, Kind.ISSUER_NONE)
        return ""
    try:
        return str(AgencyCode.parse(given))
    except MalformedError as error:
        reader.note(path, Kind.ISSUER_CODE, error.en)
        return ""


def _word(reader: Reader, record: Record, key: str, known: set[str], kind: Kind) -> str:
    given = reader.name(record, key, key)
    if given not in known:
        reader.note(key, kind, repr(given))
    return given


def _levels(reader: Reader, record: Record) -> tuple[Level, ...]:
    found = tuple(level for key, level in LEVELS.items() if reader.flag(record, key))
    if not found:
        reader.note("isWard", Kind.LEVEL_NONE)
    if len(found) > 1:
        reader.note("isWard", Kind.LEVEL_SEVERAL, ", ".join(found))
    return found


def _service_level(
    reader: Reader, record: Record, methods: tuple[Method, ...]
) -> ServiceLevel:
    online = any(method.channel is Channel.ONLINE for method in methods)
    full = reader.flag(record, "isFullProcess")
    if full != online and full:
        reader.note("isFullProcess", Kind.ONLINE_CONTRADICTORY, "full, no ONLINE")
    if online and reader.flag(record, "isOfflineOnly"):
        reader.note("isOfflineOnly", Kind.ONLINE_CONTRADICTORY, "offline, ONLINE")
    if full:
        return ServiceLevel.FULL
    return ServiceLevel.PARTIAL if online else ServiceLevel.INFORMATION


def _decision(reader: Reader, record: Record) -> Decision | None:
    path = "procedureProposal"
    proposal = reader.object(record, path, path)
    if not proposal:
        reader.note(path, Kind.DECISION_NONE)
        return None
    agency = reader.object(proposal, "issuingAgency", f"{path}.issuingAgency")
    return Decision(
        number=reader.name(proposal, "proposalNumber", f"{path}.proposalNumber"),
        decided_on=_date(reader, proposal, "decisionDate"),
        published_on=_date(reader, proposal, "publicationDate"),
        agency=reader.name(agency, "name", f"{path}.issuingAgency.name"),
    )


def _date(reader: Reader, proposal: Record, key: str) -> date | None:
    ms = number(proposal.get(key))
    if ms is None or not 0 < ms < _LAST_MS:
        reader.note(f"procedureProposal.{key}", Kind.DECISION_DATE, proposal.get(key))
        return None
    return local(_EPOCH + timedelta(milliseconds=int(ms))).date()
