"""The converting agency's own signature on what it made electronic."""

from dataclasses import replace

from dossiers.errors import MalformedError
from dossiers.ports import Document, NewDocument, Printed, Slot
from dossiers.procedure import Component
from dossiers.reuse_rules import Assurance
from steps.office import Office

PDF = "application/pdf"
_SEAL = Slot(name="seal", page=1, x=430, y=20, width=140, height=60)
"""Top right of the first page, as on a copy of a paper (NĐ 30/2020 Đ25)."""


def certified(
    office: Office,
    component: Component,
    document: Document,
    content: bytes,
    about: NewDocument,
) -> Document:
    """
    Seal a copy where the rule asks for a signature, beside the untouched original.

    Luật GDĐT 20/2023 Đ12.1 wants it for licences and certificates. What is doubtful, or
    no PDF that takes a seal, stays without, and never stands for such a component.
    """
    rule, marked = component.reuse, about.conversion
    wants = rule is not None and rule.signature == "required"
    sound = about.state == "valid" and about.media_type == PDF
    if not wants or marked is None or not sound:
        return document
    try:
        blank = office.signer.prepare(Printed(content, (_SEAL,)))
    except MalformedError:
        return document
    sealed = office.signer.seal(blank, agency=marked.agency, at=about.at)
    return office.documents.put(
        sealed.pdf,
        replace(
            about,
            upload=f"{about.upload}:sealed",
            level=max(about.level, Assurance.CERTIFIED),
            signature="converter",
            signer=marked.agency,
        ),
    )
