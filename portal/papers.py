"""Read the papers of a dossier for printing: forms that exist, or made on demand."""

from dossiers.dossier import Dossier, Status
from dossiers.errors import MalformedError, NotFoundError
from infra.house import House
from steps.receive import finish_receipt

FORMS = ("01", "02", "03", "04", "outcome")


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
    if form == "01" and dossier.status is Status.RECEIVED:
        dossier = finish_receipt(house.office, dossier)
    document = _document(dossier, form)
    if document is None:
        vi = f"hồ sơ {dossier.code} ({dossier.status}) chưa có mẫu {form}"
        raise NotFoundError(vi, f"{dossier.code} ({dossier.status}) has no {form} yet")
    return house.office.documents.open(document)


def _document(dossier: Dossier, form: str) -> str | None:
    return dossier.outcome if form == "outcome" else dossier.paper(form)
