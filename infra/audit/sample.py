"""One stream, looked at alone: its rows, its fold, all that lies beside it."""

from infra.audit import papers
from infra.audit.comparing import differences, sentence
from infra.audit.findings import Findings
from infra.audit.log import LogPass
from infra.audit.share import KINDS
from infra.house import House
from storage.evidence import Evidence


def check_stream(house: House, snapshot: Evidence, stream: str) -> Findings:
    """Check one dossier or paper against the tables, without opening files."""
    log = LogPass(None, snapshot.tree().size)
    found = log.findings
    batch = dict(log.histories(iter(snapshot.stream(stream))))
    for one in differences(snapshot, batch):
        found.add(None, one.stream, KINDS[one.table], sentence(one))
    for one in papers.private(house, batch, papers.erased(snapshot, batch)):
        found.add(None, one.stream, "private", sentence(one))
    return found
