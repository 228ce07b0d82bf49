"""`nambuoc events provision | tail`: Kafka's topics, and what comes through them."""

import json
import os
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from dossiers.envelope import decode
from dossiers.errors import DossierError, MalformedError
from dossiers.values import local
from infra.following import follow_journal, follow_kafka
from infra.kafka.provisioning import Provisioned, provision
from infra.kafka.rights import rules
from infra.settings import KafkaSettings, from_environment
from portal.commands.events import app
from portal.house import opened
from portal.output import SPEECH, answer, hint, say
from portal.sentences import sentence
from portal.verbs import verb

PARTLY = 8
_FROM = ("beginning", "now")


@verb(
    app,
    "provision",
    "Tạo các chủ đề Kafka, hoặc nói chỗ khác; in gợi ý phân quyền.",
    "Make Kafka's topics, or tell how they differ; prints ACL hints.",
)
def provision_(
    *,
    replicas: Annotated[
        int | None,
        typer.Option(min=1, help=say("số bản sao", "copies of each topic")),
    ] = None,
    apply: Annotated[
        bool,
        typer.Option("--apply", help=say("sửa cấu hình khác", "set settings right")),
    ] = False,
) -> None:
    """Make Kafka's topics, or tell how they differ; prints ACL hints."""
    settings = from_environment().kafka
    if settings is None:
        vi = "chưa có Kafka: đặt NAMBUOC_KAFKA_BOOTSTRAP=HOST:PORT"
        raise MalformedError(vi, "no Kafka: set NAMBUOC_KAFKA_BOOTSTRAP=HOST:PORT")
    done = provision(settings, replicas=replicas, apply=apply)
    hints = rules(settings)
    answer({**asdict(done), "acl": hints}, [*_told(done), "", *hints])
    if done.differences:
        raise typer.Exit(PARTLY)


def _told(done: Provisioned) -> Iterator[str]:
    yield from (f" + {name}" for name in done.created)
    yield from (f" ✔ {name}" for name in done.there)
    for one in done.differences:
        yield f" ✘ {one.topic}: {one.setting}={one.found} → {one.wanted}"
    if done.differences:
        yield say(
            " số phần và số bản sao không tự đổi; --apply sửa các cấu hình khác",
            " partitions and replicas are left; --apply sets the others right",
        )


@verb(
    app,
    "tail",
    "Xem sự kiện khi chúng đến (Ctrl-C để dừng).",
    "Show events as they come (Ctrl-C ends it).",
)
def tail(
    *,
    from_: Annotated[
        str, typer.Option("--from", metavar="beginning|now", help="beginning | now")
    ] = "now",
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=say("dừng sau N sự kiện", "end after N events")),
    ] = None,
) -> None:
    """Show events as they come, from Kafka or from the journal itself."""
    if from_ not in _FROM:
        vi = f"--from {from_}: chọn beginning hoặc now"
        raise MalformedError(vi, f"--from {from_}: choose beginning or now")
    settings, shown, last = from_environment().kafka, 0, 0
    try:
        with closing(_events(settings, from_beginning=from_ == "beginning")) as events:
            for seq, place, body in events:
                shown, last = shown + 1, seq or last
                if not _shown(seq, place, body) or shown == limit:
                    break
    except KeyboardInterrupt:
        hint(f"đã xem đến seq {last}", f"seen up to seq {last}")
        raise


def _events(
    settings: KafkaSettings | None, *, from_beginning: bool
) -> Generator[tuple[int | None, str, bytes]]:
    if settings is not None:
        for one in follow_kafka(settings, from_beginning=from_beginning):
            yield one.seq, one.place, one.body
        return
    with opened() as house:
        for seq, body in follow_journal(house.journal, from_beginning=from_beginning):
            yield seq, "journal", body


def _shown(seq: int | None, place: str, body: bytes) -> bool:
    """Print one event at once; False when nobody reads any more."""
    line = _as_json(seq, place, body) if SPEECH.as_json else _as_line(seq, place, body)
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def _as_line(seq: int | None, place: str, body: bytes) -> str:
    if seq is None:
        strange = say("bản ghi lạ", "a foreign record")
        return f"        ✘  {place}  {strange} ({len(body)} B)"
    try:
        event = decode(body)
    except DossierError as error:
        return f"{seq:>9}  {place}  ✘ {say(error.vi, error.en)}"
    at = f"{local(event.occurred_at):%d/%m/%Y %H:%M:%S}"
    return f"{seq:>9}  {at}  {event.stream}  {sentence(event)}"


def _as_json(seq: int | None, place: str, body: bytes) -> str:
    told: dict[str, object] = {"seq": seq, "place": place}
    try:
        event = decode(body)
    except DossierError as error:
        told |= {"error": error.en, "bytes": len(body)}
    else:
        told |= {
            "time": local(event.occurred_at).isoformat(),
            "stream": event.stream,
            "version": event.version,
            "type": event.fact.type,
            "sentence": sentence(event),
            "event": json.loads(body),
        }
    return json.dumps(told, ensure_ascii=False)
