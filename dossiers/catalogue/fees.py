"""Fees of the catalogue: 0 with a text is unknown, not free."""

from dossiers.catalogue.findings import Kind
from dossiers.catalogue.reader import Reader, Record, number
from dossiers.procedure import Fee, FeeKind, Method
from dossiers.publication import fee_contradictions

# The portal's SERVICE_FEE is lệ phí: each of its texts that names one says so.
KINDS = {
    "FEE": FeeKind.SERVICE,
    "SERVICE_FEE": FeeKind.STATE,
    "PRICE_LEVEL": FeeKind.PRICE,
}
CURRENCIES = {"Việt Nam Đồng": "VND", "VND": "VND", "USD": "USD"}


def read_fees(reader: Reader, method: Record, path: str) -> tuple[Fee, ...]:
    """Read the fee rows of one method."""
    found = tuple(
        _fee(reader, row, place)
        for place, row in reader.rows(method, "fees", f"{path}.fees")
    )
    if not found:
        reader.note(f"{path}.fees", Kind.FEE_NO_ROWS)
    return found


def _fee(reader: Reader, row: Record, path: str) -> Fee:
    kind = reader.name(row, "type", f"{path}.type")
    if kind not in KINDS:
        reader.note(f"{path}.type", Kind.FEE_KIND, repr(kind))
    text = reader.prose(row, "description", f"{path}.description")
    if row.get("attachment"):
        reader.note(f"{path}.attachment", Kind.FEE_ATTACHMENT)
    amount = _amount(reader, row, text, f"{path}.value")
    currency = _currency(reader, row, amount, f"{path}.currencyName")
    return Fee(kind=KINDS.get(kind), amount=amount, currency=currency, text=text)


def _amount(reader: Reader, row: Record, text: str, path: str) -> int | None:
    value = row.get("value")
    amount = number(value)
    if value is None:
        reader.note(path, Kind.FEE_MISSING, text)
        return None
    if amount is None or amount < 0 or amount % 1:
        reader.note(path, Kind.FEE_AMOUNT, value)
        return None
    if amount == 0 and (text or row.get("attachment")):
        reader.note(path, Kind.FEE_ZERO_WITH_TEXT, text)
        return None
    if amount == 0:
        reader.note(path, Kind.FEE_ZERO)
    return int(amount)


def _currency(reader: Reader, row: Record, amount: int | None, path: str) -> str | None:
    given = reader.name(row, "currencyName", path)
    if given and given not in CURRENCIES:
        reader.note(path, Kind.FEE_CURRENCY_UNKNOWN, given)
    if not given and amount:
        reader.note(path, Kind.FEE_CURRENCY, amount)
    return CURRENCIES.get(given)


def compare_fees(reader: Reader, methods: tuple[Method, ...]) -> None:
    """Note fees that cannot all be true: 100 online, 100,000 at the counter."""
    fees = tuple(fee for method in methods for fee in method.fees)
    for fault in fee_contradictions(fees):
        reader.note("executionMethods.fees", Kind.FEE_CONTRADICTORY, fault)
