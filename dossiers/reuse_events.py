"""What happens to the papers of a dossier after they came in."""

from typing import Literal

from dossiers.values import Fact, SubmittedComponent


class ComponentDigitized(Fact):
    """The counter compared a scan with the paper and marked it (số hóa)."""

    type: Literal["vn.nambuoc.dossier.component-digitized.v1"] = (
        "vn.nambuoc.dossier.component-digitized.v1"
    )
    component: str
    document: str
    converter: str
    agency: str


class ComponentReused(Fact):
    """Papers of the owner's store were taken into the dossier (tái sử dụng)."""

    type: Literal["vn.nambuoc.dossier.component-reused.v1"] = (
        "vn.nambuoc.dossier.component-reused.v1"
    )
    components: tuple[SubmittedComponent, ...]


class PaperJudged(Fact):
    """A person looked at a doubtful file: it joins the dossier, or it does not."""

    type: Literal["vn.nambuoc.dossier.paper-judged.v1"] = (
        "vn.nambuoc.dossier.paper-judged.v1"
    )
    document: str
    verdict: Literal["released", "refused"]
    reason: str


class PaperRevoked(Fact):
    """A paper that this dossier rests on holds no longer (thu hồi giấy tờ)."""

    type: Literal["vn.nambuoc.dossier.paper-revoked.v1"] = (
        "vn.nambuoc.dossier.paper-revoked.v1"
    )
    document: str
    reason: str
