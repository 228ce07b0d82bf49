"""`nambuoc events intake-key | submit`: the way in for other systems, and a sample."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from pydantic import TypeAdapter, ValidationError

from dossiers.errors import MalformedError
from infra.intake_topic.message import MOST_BYTES
from infra.intake_topic.refusing import Name
from infra.intake_topic.sealing import Jwk, Keyring
from infra.intake_topic.submitting import envelope, hand_in, name_of, referring
from infra.settings import KafkaSettings, from_environment
from infra.wire.messages import ANSWER, SUBMISSION, Verdict
from portal.commands.events import app
from portal.files import load, save
from portal.house import opened
from portal.output import answer, hint, say, written
from portal.submission import inline
from portal.verbs import verb

SAMPLE_SOURCE = "//nambuoc.local/sample-submitter"
_CODES = {"accepted": 0, "refused": 4, "conflict": 6}
_SILENT = 7
_JWK: TypeAdapter[Jwk] = TypeAdapter(Jwk)
_Answers = Annotated[
    str | None,
    typer.Option(
        "--answer",
        metavar="CODE",
        help=say("bổ sung cho hồ sơ này", "papers that this dossier waits for"),
    ),
]
_Key = Annotated[
    Path | None, typer.Option(help=say("khóa công khai (JWK)", "the public key, a JWK"))
]
_Source = Annotated[str, typer.Option(help=say("ai gửi", "who sends"))]
_Number = Annotated[
    str | None, typer.Option("--id", help=say("mã của tin", "the message's id"))
]
_Keep = Annotated[
    Path | None,
    typer.Option(
        help=say("ghi tin đã niêm phong để gửi lại", "write what may be sent again")
    ),
]
_Wait = Annotated[
    float, typer.Option(min=0.0, help=say("chờ trả lời, giây", "wait, in seconds"))
]


@verb(
    app,
    "intake-key",
    "In khóa công khai để hệ thống khác niêm phong hồ sơ; --rotate thay khóa.",
    "Print the public key that other systems seal to; --rotate changes it.",
)
def intake_key(
    *,
    rotate: Annotated[
        bool,
        typer.Option(
            "--rotate", help=say("khóa cũ vẫn mở được", "old keys still open")
        ),
    ] = False,
    out: Annotated[Path | None, typer.Option("-o", "--out")] = None,
) -> None:
    """Print the public key that other systems seal to; --rotate changes it."""
    with opened() as house:
        keys = Keyring(house.settings.keys)
        public = keys.rotate() if rotate else keys.public
        if rotate:
            house.log_operation("rotate-intake-key", "", public["kid"])
    if out is not None:
        save(out, written(public).encode())
        hint(f"đã ghi {out}", f"wrote {out}")
    answer(public, [written(public)])


@verb(
    app,
    "submit",
    "Mẫu: niêm phong một tệp hồ sơ, gửi vào chủ đề, chờ trả lời.",
    "A sample: seal a submission file, publish it, wait for the answer.",
)
def submit_(
    file: Annotated[Path, typer.Argument(metavar="FILE.json")],
    *,
    answers: _Answers = None,
    key: _Key = None,
    source: _Source = SAMPLE_SOURCE,
    number: _Number = None,
    keep: _Keep = None,
    wait: _Wait = 0.0,
) -> None:
    """Seal a submission file, publish it, wait for the answer."""
    settings = _kafka()
    body, name = load(file), name_of(load(file))
    if name is None:
        content, command = inline(file, answers=answers)
        name = Name(source, number or command or str(uuid4()))
        kind = ANSWER if answers else SUBMISSION
        body = _storable(envelope(name, kind, content, _public(key)), key)
    if keep is not None:
        save(keep, body)
    verdict = hand_in(settings, name, body, wait_s=wait)
    sent: dict[str, object] = {"source": name.source, "id": name.id, "status": "sent"}
    told = sent if verdict is None else verdict.model_dump(exclude_none=True)
    answer(told, _lines(name, verdict))
    code = _CODES[verdict.status] if verdict else _SILENT if wait else 0
    if code:
        raise typer.Exit(code)


def _kafka() -> KafkaSettings:
    settings = from_environment().kafka
    if settings is None:
        vi = "chưa có Kafka: đặt NAMBUOC_KAFKA_BOOTSTRAP=HOST:PORT"
        raise MalformedError(vi, "no Kafka: set NAMBUOC_KAFKA_BOOTSTRAP=HOST:PORT")
    return settings


def _public(key: Path | None) -> Jwk:
    """Read the key to seal to; this home's own when none is named."""
    if key is None:
        return Keyring(from_environment().keys).public
    try:
        return _JWK.validate_json(load(key))
    except ValidationError as error:
        vi = f"{key} không phải một JWK; lấy bằng: nambuoc events intake-key"
        en = f"{key} is no JWK; get it by: nambuoc events intake-key"
        raise MalformedError(vi, en) from error


def _storable(body: bytes, key: Path | None) -> bytes:
    """Let what is too long go by the store of this home, when it is this home's."""
    if key is not None or len(body) <= MOST_BYTES:
        return body
    with opened() as house:
        return referring(house, body)


def _lines(name: Name, verdict: Verdict | None) -> Iterator[str]:
    yield f" {name.source} {name.id}"
    if verdict is None:
        yield say(" đã gửi, chưa có trả lời", " sent, no answer yet")
    elif verdict.status == "accepted":
        yield say(f" đã nhận: {verdict.code}", f" accepted: {verdict.code}")
    else:
        told = say(verdict.vi or "", verdict.en or "")
        yield f" ✘ {verdict.reason}: {told}"
