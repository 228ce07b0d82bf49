"""Read the papers of a dossier for printing: forms that exist, or made on demand."""

from dossiers.dossier import Dossier
from dossiers.errors import MalformedError, NotFoundError
from dossiers.events import DocumentRead
from dossiers.values import Actor
from infra.house import House
from portal.output import SPEECH
from steps.receive import finish_receipt

TERMINAL = "terminal"
FORMS = ("01", "02", "03", "04", "05", "06", "07", "outcome")


def print_form(house: House, code: str, form: str) -> bytes:
    """
    Give the stored bytes of a form, or of the outcome.

    Form 01 of a received dossier is made now when the engine has not come to it yet.
    Raises NotFoundError when there is no such paper yet.
    """
    if form not in FORMS:
        known = ", ".join(FORMS)
        vi = f"không có mẫu «{form}»; có: {known}"
        raise MalformedError(vi, f"no form {form!r}; there are: {known}")
    dossier = house.office.dossiers.find(code)
    unprinted = dossier.received_at is not None and dossier.paper("01") is None
    if form == "01" and unprinted:
        dossier = finish_receipt(house.office, dossier)
    document = _document(dossier, form)
    if document is None:
        there = ", ".join(sorted({name for name, _ in dossier.papers})) or "-"
        vi = f"hồ sơ {dossier.code} ({dossier.status}) chưa có mẫu {form}; có: {there}"
        en = f"{dossier.code} ({dossier.status}) has no {form} yet; it has: {there}"
        raise NotFoundError(vi, en)
    content = house.office.documents.open(document)
    _record(house, dossier, document, form)
    return content


def _record(house: House, dossier: Dossier, document: str, form: str) -> None:
    """Let the log say who printed a person's paper; without --as, who is unknown."""
    register = house.office.offices.current()
    who = Actor(id=TERMINAL, position=TERMINAL, agency=register.agencies[0].code)
    if SPEECH.actor:
        who = register.actor(SPEECH.actor)
    fact = DocumentRead(document=document, purpose=f"print {form}")
    house.access.record(dossier.id, fact, who, house.office.clock.now())


def _document(dossier: Dossier, form: str) -> str | None:
    return dossier.outcome if form == "outcome" else dossier.paper(form)
