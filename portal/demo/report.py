"""The demo's report for people: what came out, and where to look next."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from portal.output import say

Told = Mapping[str, object]
COLUMNS = (
    ("nhận", "received", ("received",)),
    ("sớm", "early", ("solved", "early")),
    ("đúng", "on time", ("solved", "on_time")),
    ("trễ", "late", ("solved", "late")),
    ("trễ luật", "by law", ("statutory", "late")),
    ("còn hạn", "open", ("open", "in_time")),
    ("quá hạn", "overdue", ("open", "overdue")),
    ("dừng", "paused", ("open", "suspended")),
    ("rút", "w'drawn", ("withdrawn",)),
)
_WIDE, _NAME = 9, 14
_EXAMPLES = {
    "returned": ("đã trả kết quả", "returned"),
    "apologized": ("có thư xin lỗi", "apologized for"),
    "supplemented": ("đã bổ sung", "supplemented"),
    "open": ("còn mở", "still open"),
}


def lines(document: Told, home: Path) -> list[str]:
    """Write the whole report, in the user's language."""
    return [
        "",
        say("Kết quả chạy thử", "The demo's result"),
        "",
        *_table(document),
        "",
        *_facts(document),
        "",
        *_left_out(document),
        *_further(document, home),
    ]


def _table(document: Told) -> Iterator[str]:
    head = "".join(f"{say(vi, en):>{_WIDE}}" for vi, en, _ in COLUMNS)
    yield f"  {'':<{_NAME}}{head}"
    yield _row(say("tất cả", "all"), document)
    for group in ("channels", "agencies"):
        for name, part in _mapping(document[group]).items():
            yield _row(name, _mapping(part))
    yield say(
        "  sớm, đúng, trễ: theo hạn đã hẹn; trễ luật: theo thời hạn luật định",
        "  early, on time, late: by the committed limit; by law: late by the statutory",
    )
    ends = (document["refused"], document["stopped"])
    yield say(
        "  từ chối tiếp nhận {}, đình chỉ {}", "  refused at reception {}, stopped {}"
    ).format(*ends)


def _row(name: str, part: Told) -> str:
    return f"  {name:<{_NAME}}" + "".join(
        f"{_at(part, path):>{_WIDE}}" for _, _, path in COLUMNS
    )


def _at(part: Told, path: tuple[str, ...]) -> str:
    found: object = part
    for name in path:
        found = _mapping(found)[name]
    return str(found)


def _mapping(value: object) -> Told:
    return value if isinstance(value, Mapping) else {}


def _facts(document: Told) -> Iterator[str]:
    catalogue, ink = _mapping(document["procedures"]), _mapping(document["signatures"])
    runs = _mapping(document["flow_runs"])
    states = ", ".join(f"{state} {count}" for state, count in runs.items())
    published = say("được công bố", "published")
    drift = f"{say('lệch', 'drift')} {document['drift']}"
    told = (
        (
            ("thủ tục", "procedures"),
            f"{catalogue['read']} → {catalogue['published']} {published}",
        ),
        (("sự kiện", "events"), f"{document['events']}"),
        (("giấy tờ", "papers"), _papers(_mapping(document["documents"]))),
        (
            ("chữ ký", "signatures"),
            f"{ink['made']}, {say('hợp lệ', 'valid')} {ink['valid']}",
        ),
        (("thông báo", "notices"), _notices(_mapping(document["effects"]))),
        (("luồng Prefect", "Prefect runs"), f"{states}; {drift}"),
        (("nhật ký", "journal"), f"{document['size']}, {document['root']}"),
        (("facts", "facts"), f"{document['facts']}"),
        (("thời gian", "time"), _time(document)),
    )
    for name, text in told:
        yield f"  {say(*name):<{_NAME}}{text}"


def _papers(papers: Told) -> str:
    stored, reused = papers["stored"], papers["reused"]
    rate, again = papers["reuse_rate"], papers["asked_again"]
    return say(
        f"{stored} trong kho; {reused} dùng lại (tỷ lệ {rate}), {again} hỏi lại",
        f"{stored} stored; {reused} reused (rate {rate}), {again} asked again",
    )


def _notices(effects: Told) -> str:
    sent, missing, repeated = (effects[n] for n in ("sent", "missing", "repeated"))
    return say(
        f"{sent} đã gửi, {missing} thiếu, {repeated} lặp",
        f"{sent} sent, {missing} missing, {repeated} repeated",
    )


def _time(document: Told) -> str:
    count = max(int(str(document["dossiers"])), 1)
    wall, cpu = float(str(document["wall_s"])), float(str(document["cpu_s"]))
    each = say("mỗi hồ sơ", "a dossier")
    return (
        f"{wall} s, CPU {cpu} s; {each} {wall / count:.2f} s, CPU {cpu / count:.2f} s"
    )


def _left_out(document: Told) -> Iterator[str]:
    """Say which lines of the input could not be used."""
    counts = (
        ("broken_rows", "broken", ("dòng CSV hỏng", "broken CSV rows")),
        (
            "refused_lines",
            "refused_first",
            ("dòng thủ tục bị từ chối", "lines refused"),
        ),
    )
    for count, first, name in counts:
        if not document[count]:
            continue
        yield f"  {say(*name)}: {document[count]}"
        reasons = document[first]
        for one in reasons if isinstance(reasons, list) else ():
            yield f"    {say('dòng', 'line')} {one['line']}: {one['reason']}"
    if document["left_out"]:
        names = document["left_out"]
        shown = ", ".join(map(str, names[:5])) if isinstance(names, list) else ""
        yield (
            "  " + say("hồ sơ thiếu tiếp nhận", "cases without receipt") + f": {shown}"
        )
    if document["broken_rows"] or document["refused_lines"]:
        yield ""


def _further(document: Told, home: Path) -> Iterator[str]:
    yield say("Xem tiếp", "Look further") + f": export NAMBUOC_HOME={home}"
    examples = _mapping(document["examples"])
    for name, code in examples.items():
        yield f"  nambuoc audit timeline {code}   ({say(*_EXAMPLES[name])})"
    if "returned" in examples:
        code = examples["returned"]
        yield f"  nambuoc dossier print {code} outcome -o outcome.pdf"
        yield "  nambuoc sign verify outcome.pdf"
    yield "  nambuoc audit verify --all"
    yield "  nambuoc demo up   (Prefect UI) … nambuoc demo down"
