"""The activities of the receipt log and what each means for a dossier."""

from enum import StrEnum


class Meaning(StrEnum):
    """What an activity is, before its place in the case is known."""

    RECEIPT = "receipt"
    CHECK = "check"
    SUPPLEMENT = "supplement"
    WORK = "work"
    VERIFICATION = "verification"
    OPINION_ASKED = "opinion-asked"
    OPINION_GIVEN = "opinion-given"
    HOLD = "hold"
    REFUSAL = "refusal"


_PARTIES = (1, 2, 3, 4)

ACTIVITIES: dict[str, Meaning] = {
    "Confirmation of receipt": Meaning.RECEIPT,
    "T02 Check confirmation of receipt": Meaning.CHECK,
    "T03 Adjust confirmation of receipt": Meaning.SUPPLEMENT,
    "T04 Determine confirmation of receipt": Meaning.WORK,
    "T05 Print and send confirmation of receipt": Meaning.WORK,
    "T06 Determine necessity of stop advice": Meaning.VERIFICATION,
    "T07-1 Draft intern advice aspect 1": Meaning.VERIFICATION,
    "T07-2 Draft intern advice aspect 2": Meaning.VERIFICATION,
    "T07-3 Draft intern advice hold for aspect 3": Meaning.VERIFICATION,
    "T07-4 Draft internal advice to hold for type 4": Meaning.VERIFICATION,
    "T07-5 Draft intern advice aspect 5": Meaning.VERIFICATION,
    "T08 Draft and send request for advice": Meaning.OPINION_ASKED,
    **{
        f"T09-{n} Process or receive external advice from party {n}": (
            Meaning.OPINION_GIVEN
        )
        for n in _PARTIES
    },
    "T10 Determine necessity to stop indication": Meaning.VERIFICATION,
    "T11 Create document X request unlicensed": Meaning.WORK,
    "T12 Check document X request unlicensed": Meaning.WORK,
    "T13 Adjust document X request unlicensed": Meaning.WORK,
    "T14 Determine document X request unlicensed": Meaning.WORK,
    "T15 Print document X request unlicensed": Meaning.REFUSAL,
    "T16 Report reasons to hold request": Meaning.HOLD,
    "T17 Check report Y to stop indication": Meaning.WORK,
    "T18 Adjust report Y to stop indicition": Meaning.WORK,
    "T19 Determine report Y to stop indication": Meaning.WORK,
    "T20 Print report Y to stop indication": Meaning.WORK,
}
"""Every name exactly as the log writes it; any other name is a broken row."""
