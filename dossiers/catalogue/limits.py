"""Limits and fees of the catalogue: by channel (methods) and by legal case."""

from decimal import Decimal

from dossiers.catalogue.fees import read_fees
from dossiers.catalogue.findings import Kind
from dossiers.catalogue.reader import Reader, Record, number, plain
from dossiers.codes import CaseCode
from dossiers.errors import MalformedError
from dossiers.procedure import LegalCase, Method, TimeLimit
from dossiers.values import Channel

# HOUR is a clock hour as DAY is a calendar day: the portal marks what is WORKING.
# It is also the stricter reading, so whoever keeps it keeps the other one.
UNITS = {"WORKING_DAY": "wd", "DAY": "d", "MONTH": "mo", "HOUR": "h"}
CHANNELS = {channel.name: channel for channel in Channel}
MOST = {"wd": 1000, "d": 3650, "mo": 120, "h": 10_000}


def read_methods(reader: Reader, record: Record) -> tuple[Method, ...]:
    """Read the rows of `executionMethods`: channel, limit, fees."""
    found: list[Method] = []
    for path, row in reader.rows(record, "executionMethods", "executionMethods"):
        name = reader.name(row, "submissionMethod", f"{path}.submissionMethod")
        limit = _limit(reader, row, path)
        fees = read_fees(reader, row, path)
        if name in CHANNELS:
            channel = CHANNELS[name]
            found.append(Method(channel=channel, time_limit=limit, fees=fees))
        else:
            value = f"{name!r}: {limit.amount} {limit.unit}, {len(fees)} fees"
            reader.note(path, Kind.CHANNEL_UNKNOWN, value)
    _compare_channels(reader, tuple(found))
    return tuple(found)


def read_cases(
    reader: Reader, record: Record, methods: tuple[Method, ...]
) -> tuple[LegalCase, ...]:
    """Read `cases` and say where their limits contradict those of the channels."""
    found: list[LegalCase] = []
    for path, row in reader.rows(record, "cases", "cases"):
        code = reader.name(row, "code", f"{path}.code")
        try:
            CaseCode.parse(code)
        except MalformedError as error:
            reader.note(f"{path}.code", Kind.CASE_CODE, error.en)
        if code in {case.code for case in found}:
            reader.note(f"{path}.code", Kind.CASE_REPEATED, code)
        if row.get("profileComponents"):
            reader.note(f"{path}.profileComponents", Kind.CASE_COMPONENTS, code)
        day = reader.object(row, "processingDay", f"{path}.processingDay")
        given = {
            "processingTime": day.get("qty"),
            "processingTimeUnit": day.get("type"),
        }
        limit = _limit(reader, given, f"{path}.processingDay")
        name = reader.name(row, "name", f"{path}.name")
        found.append(LegalCase(code=code, name=name, time_limit=limit))
    _compare_cases(reader, tuple(found), methods)
    return tuple(found)


def _limit(reader: Reader, row: Record, path: str) -> TimeLimit:
    unit = reader.name(row, "processingTimeUnit", f"{path}.processingTimeUnit")
    given = row.get("processingTime")
    amount = number(given)
    if isinstance(given, str):
        words = reader.prose(row, "processingTime", f"{path}.processingTime")
        kind = Kind.LIMIT_TEXT if amount is None else Kind.LIMIT_STRING
        reader.note(f"{path}.processingTime", kind, words)
    else:
        words = "" if amount is None else plain(amount)
    limit = None if amount is None else _written(reader, amount, unit, path)
    if amount is None and not isinstance(given, str):
        reader.note(f"{path}.processingTime", Kind.KEY_MISSING, given)
    text = reader.prose(row, "description", f"{path}.description")
    return TimeLimit(limit=limit, amount=words, unit=unit, text=text)


def _written(reader: Reader, amount: Decimal, unit: str, path: str) -> str | None:
    shown = f"{plain(amount)} {unit}"
    kind, limit = _judged(amount, unit)
    if kind is not None:
        reader.note(f"{path}.processingTime", kind, shown)
    return limit


def _judged(amount: Decimal, unit: str) -> tuple[Kind | None, str | None]:
    if amount == 0:
        return Kind.LIMIT_SAME_DAY, "0wd"
    if unit == "OTHER":
        return Kind.LIMIT_UNIT_OTHER, None
    short = UNITS.get(unit)
    if short is None:
        return Kind.LIMIT_UNIT_UNKNOWN, None
    if not 0 < amount <= MOST[short]:
        return Kind.LIMIT_IMPLAUSIBLE, None
    if short in {"d", "mo"} and amount % 1:
        return Kind.LIMIT_FRACTION, None
    return Kind.LIMIT_HOURS if short == "h" else None, f"{plain(amount)}{short}"


def limits_by_channel(methods: tuple[Method, ...]) -> dict[Channel, set[str | None]]:
    """Collect the different limits of every channel; None stands for unknown."""
    found: dict[Channel, set[str | None]] = {}
    for method in methods:
        found.setdefault(method.channel, set()).add(method.time_limit.limit)
    return found


def _compare_channels(reader: Reader, methods: tuple[Method, ...]) -> None:
    path = "executionMethods"
    if not methods:
        reader.note(path, Kind.CHANNEL_MISSING)
    by_channel = limits_by_channel(methods)
    for channel, limits in by_channel.items():
        rows = sum(method.channel is channel for method in methods)
        if rows > 1:
            reader.note(path, Kind.CHANNEL_REPEATED, f"{channel} {rows}x")
        if len(limits) > 1:
            reader.note(path, Kind.LIMIT_SEVERAL, f"{channel}: {_listed(limits)}")
    if len({frozenset(limits) for limits in by_channel.values()}) > 1:
        shown = "; ".join(f"{key}: {_listed(each)}" for key, each in by_channel.items())
        reader.note(path, Kind.LIMIT_BETWEEN_CHANNELS, shown)


def _compare_cases(
    reader: Reader, cases: tuple[LegalCase, ...], methods: tuple[Method, ...]
) -> None:
    if not cases:
        reader.note("cases", Kind.CASE_MISSING)
    known = {method.time_limit.limit for method in methods}
    for row, case in enumerate(cases, 1):
        limit = case.time_limit.limit
        if limit not in known:
            value = f"{case.code}: {limit or '?'}; {_listed(known)}"
            path = f"cases[{row}].processingDay"
            reader.note(path, Kind.LIMIT_CASE_DISAGREES, value)


def _listed(limits: set[str | None]) -> str:
    return ", ".join(sorted(limit or "?" for limit in limits))
