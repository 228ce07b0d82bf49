"""`nambuoc audit …`: who did what when, as of any moment, and is the log whole."""

from pathlib import Path
from typing import Annotated, Never

import typer

from dossiers.errors import MalformedError, NotFoundError
from dossiers.values import iso, local
from infra.audit.replay import Replay
from infra.audit.sources import JOURNAL, read
from infra.audit.together import summarized
from infra.audit.verify import passed
from infra.audit.verify import verify as verify_
from infra.repair import repair as repair_
from portal.files import save
from portal.house import opened
from portal.options import Code, dossier_key, maybe_instant
from portal.output import answer, hint, say
from portal.progress import beats, stoppable
from portal.sentences import sentence
from portal.verbs import noun, verb

app = noun("kiểm tra: dòng thời gian, nhật ký", "audit")
FAILED = 5
FROM = typer.Option("--from", metavar="journal|kafka|PATH", help=say("nguồn", "source"))
From = Annotated[str, FROM]
KINDS = {
    "binding": "giấy tờ gắn với hồ sơ khác nhật ký",
    "body": "nội dung bị sửa",
    "checkpoint": "mốc ký hỏng",
    "column": "cột khác nội dung",
    "consent": "sự đồng ý khác nhật ký",
    "cut": "nhật ký bị cắt đuôi",
    "document": "dòng giấy tờ khác nhật ký",
    "effect": "thông báo khác nhật ký",
    "event": "sự kiện không đọc được",
    "extra": "sự kiện thừa",
    "file": "tệp bị sửa",
    "fold": "lịch sử không liền",
    "fork": "khác bản đã ký",
    "gap": "thiếu sự kiện",
    "guards": "thiếu trigger bảo vệ",
    "head": "đầu nhật ký hỏng",
    "missing": "mất tệp",
    "number": "sổ số văn bản khác nhật ký",
    "order": "sai thứ tự",
    "procedure": "bản thủ tục khác mã băm",
    "private": "trường riêng tư khác nhật ký",
    "read-model": "bảng tra cứu khác nhật ký",
    "root": "gốc cây khác",
    "run": "dòng quy trình khác nhật ký",
    "signature": "chữ ký không hợp lệ",
    "stranger": "dòng không rõ nguồn",
    "version": "sai phiên bản",
}
"""What an audit finds, for people."""


@verb(
    app,
    "timeline",
    "Ai làm gì, lúc nào, theo đúng thứ tự.",
    "Who did what when, oldest first.",
)
def timeline(
    code: Code,
    *,
    at: Annotated[str | None, typer.Option()] = None,
    seq: Annotated[int | None, typer.Option()] = None,
) -> None:
    """Tell who did what when, oldest first."""
    moment = maybe_instant(at, "--at")
    with opened() as house:
        rows = house.office.dossiers.history(code, seq=seq, at=moment)
    document = [
        {
            "version": event.version,
            "time": iso(event.occurred_at),
            "type": event.fact.type,
            "actor": event.actor.id,
            "position": event.actor.position,
            "agency": event.actor.agency,
            "sentence": sentence(event),
            "data": event.fact.model_dump(mode="json", exclude={"type"}),
        }
        for event in rows
    ]
    answer(
        document,
        [
            f"{event.version:>3}  {local(event.occurred_at):%d/%m/%Y %H:%M:%S}  "
            f"{sentence(event)}"
            for event in rows
        ],
    )


@verb(
    app,
    "verify",
    "Kiểm tra nhật ký, giấy tờ, chữ ký của một hồ sơ hoặc tất cả (--all).",
    "Check log, papers and signatures of one dossier or all.",
)
def verify(
    code: Annotated[str | None, typer.Argument()] = None,
    *,
    all_: Annotated[bool, typer.Option("--all")] = False,
    log: Annotated[
        bool, typer.Option(help=say("chỉ nhật ký, nhanh", "the log alone, quick"))
    ] = False,
    repair: Annotated[
        bool, typer.Option(help=say("sửa những gì suy ra được", "mend what follows"))
    ] = False,
    from_: Annotated[str | None, FROM] = None,
) -> None:
    """Check log, papers and signatures of one dossier or all."""
    if code is None and not all_:
        vi = "cho mã hồ sơ, hoặc --all"
        raise MalformedError(vi, "give a dossier's code, or --all")
    if (repair and not all_) or (from_ and not repair):
        vi = "--repair đi với --all, --from đi với --repair"
        raise MalformedError(vi, "--repair goes with --all, --from with --repair")
    with opened(suspect=not repair) as house:
        done = {"repaired": repair_(house, from_)} if repair else {}
        found = done | verify_(house, code and dossier_key(code), beats(), log_only=log)
        if all_ and not log and found["ok"]:
            passed(house.settings.run, found)
    tell_findings(found)


def tell_findings(found: dict[str, object]) -> None:
    """Answer with what was found; exit 5 when it is anything."""
    rows = found["findings"] if isinstance(found["findings"], list) else []
    summary = {name: value for name, value in found.items() if name != "findings"}
    answer(
        found,
        [
            *(f" {name}: {value}" for name, value in summary.items()),
            *(f" ✘ {_line(row)}" for row in rows),
        ],
    )
    if not found["ok"]:
        raise typer.Exit(FAILED)


def _line(row: dict[str, object]) -> str:
    seq = "" if row["seq"] is None else f"seq {row['seq']} "
    kind = say(KINDS.get(str(row["kind"]), str(row["kind"])), str(row["kind"]))
    return f"{seq}{row['dossier']} [{kind}] {row['text']}"


@verb(
    app,
    "replay",
    "Dựng lại mọi hồ sơ từ nhật ký, Kafka hay bản xuất, đến một lúc hay một số.",
    "Build every dossier anew from journal, Kafka or an export, up to T or S.",
)
def replay(
    *,
    from_: From = JOURNAL,
    to: Annotated[str | None, typer.Option()] = None,
    seq: Annotated[int | None, typer.Option(min=0)] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out")] = None,
    resume: Annotated[
        bool, typer.Option(help=say("chạy tiếp lần bị ngắt", "go on where it stopped"))
    ] = False,
) -> None:
    """Build every dossier anew, up to an instant or a seq."""
    moment = maybe_instant(to, "--to")
    if from_ == JOURNAL and out is None and not resume:
        with opened() as house:
            found = summarized(house, seq, at=moment, tell=beats())
        answer(found, [f" {name}: {value}" for name, value in found.items()])
        return
    notes = out and out.with_name(f"{out.name}.partial")
    work = Replay(from_, moment)
    if resume:
        work = Replay.resumed(_notes(notes), from_, moment)
    with opened() as house, stoppable() as stopped:
        work.run(read(house, from_, seq), beats(), stopped=stopped)
        if stopped():
            _keep(work, notes)
    if out is not None:
        save(out, "".join(f"{line}\n" for line in work.lines()).encode())
        hint(f"đã ghi {out}", f"wrote {out}")
    if notes is not None:
        notes.unlink(missing_ok=True)
    found = work.summary()
    answer(found, [f" {name}: {value}" for name, value in found.items()])


def _notes(path: Path | None) -> list[str]:
    if path is None or not path.is_file():
        vi = "--resume cần -o TỆP của lần bị ngắt (TỆP.partial)"
        raise NotFoundError(vi, "--resume needs the -o FILE of before (FILE.partial)")
    return path.read_text(encoding="utf-8").splitlines()


def _keep(work: Replay, path: Path | None) -> Never:
    """Keep what an interrupted replay has, when it knows where; exit 130."""
    size = work.tree.size
    if path is None:
        hint(f"dừng ở sự kiện {size}", f"stopped at event {size}")
    else:
        save(path, "".join(f"{line}\n" for line in work.notes()).encode())
        vi = f"dừng ở sự kiện {size}, đã giữ {path}; chạy tiếp: --resume"
        hint(vi, f"stopped at event {size}, kept {path}; go on: --resume")
    raise KeyboardInterrupt
