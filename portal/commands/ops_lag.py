"""`nambuoc ops lag`: how far the relay to Kafka is behind the journal."""

import typer

from infra.alarm import alarm
from infra.clock import SystemClock
from infra.kafka.lag import lag
from portal.alarms import TAMPERED, warnings
from portal.commands.ops import app
from portal.house import opened
from portal.output import answer, say
from portal.verbs import verb


@verb(
    app,
    "lag",
    "Kafka chậm hơn nhật ký bao nhiêu, và vì sao.",
    "How far Kafka is behind the journal, and why.",
)
def behind() -> None:
    """Tell how far Kafka is behind the journal, and why; exit 5 at an alarm."""
    with opened() as house:
        found = lag(house, SystemClock().now())
        audited = alarm(house.settings.run)
    reason = say(*found.reason) if found.reason else None
    document = {
        "head": found.head,
        "relayed": found.relayed,
        "behind": found.behind,
        "seconds": found.seconds,
        "state": found.state,
        "reason": reason,
        "leader": found.leader,
    }
    told = [f" {name}: {value}" for name, value in document.items()]
    answer(document | {"auditor": audited}, [*told, *warnings(audited)])
    if audited["alarm"]:
        raise typer.Exit(TAMPERED)
