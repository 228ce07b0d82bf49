"""The submission file of `dossier submit`: read, checked, paths resolved."""

import json
from base64 import b64encode
from pathlib import Path

from pydantic import ConfigDict, ValidationError
from pydantic.types import JsonValue

from dossiers.errors import MalformedError, RefusedError
from infra.intake import check_path
from infra.submission import WrittenAnswer, WrittenPaper, WrittenSubmission
from portal.files import load
from steps.digitization import Handed
from steps.receive import Submission

EXAMPLE: dict[str, JsonValue] = {
    "procedure": "1.004194",
    "channel": "direct",
    "receiving_agency": "H49.99.01",
    "applicant": {"name": "Nguyễn Thị Thử", "id_number": "001190000001"},
    "owner": {"name": "Nguyễn Thị Thử", "id_number": "001190000001"},
    "components": [
        {"code": "000.00.00.G01-KQ000001", "path": "to-khai.pdf", "original": 1}
    ],
    "command_id": "quay-1-000001",
}


class ComponentFile(WrittenPaper):
    """One paper whose content is a file, or null: it comes from the owner's store."""

    path: str | None = None


class SubmissionFile(WrittenSubmission[ComponentFile]):
    """The whole file; unknown keys are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [EXAMPLE]}
    )

    command_id: str | None = None


def schema() -> dict[str, object]:
    """Write the JSON Schema of the file."""
    return SubmissionFile.model_json_schema(by_alias=True)


def read(path: Path) -> tuple[Submission, str | None]:
    """
    Read a submission file; component paths are relative to it.

    Raises NotFoundError for a missing file, MalformedError naming the wrong key,
    RefusedError for a paper that the intake check rejects. A doubtful one waits in
    quarantine until the counter has looked at it.
    """
    try:
        file = SubmissionFile.model_validate_json(load(path))
    except ValidationError as error:
        raise _malformed(path, error) from error
    handed = tuple(_handed(path.parent, component) for component in file.components)
    return file.submission(handed), file.command_id


def _malformed(path: Path, error: ValidationError) -> MalformedError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "JSON"
    vi = f"{path}: {where}: {first['msg']}; xem `nambuoc dossier submit --schema`"
    en = f"{path}: {where}: {first['msg']}; see `nambuoc dossier submit --schema`"
    return MalformedError(vi, en)


def _handed(folder: Path, component: ComponentFile) -> Handed:
    if component.path is None:
        return component.asked()
    path = folder / component.path
    checked = check_path(path)
    if checked.verdict == "reject":
        why = "; ".join(reason.vi for reason in checked.reasons)
        english = "; ".join(reason.en for reason in checked.reasons)
        again = f"nambuoc store check {path}"
        place = f"{component.code}: {path.name}: {checked.verdict}"
        vi = f"{place}: {why}; hãy quét lại hoặc xem: {again}"
        en = f"{place}: {english}; scan it again, or see: {again}"
        raise RefusedError(vi, en, rule="intake")
    return component.handed(path.read_bytes(), checked)


class AnswerFile(WrittenAnswer[ComponentFile]):
    """The file of `dossier supplement --answer`: only the papers."""


def read_components(path: Path) -> tuple[Handed, ...]:
    """Read the papers of a supplement; errors as `read`."""
    try:
        file = AnswerFile.model_validate_json(load(path))
    except ValidationError as error:
        raise _malformed(path, error) from error
    return tuple(_handed(path.parent, component) for component in file.components)


def inline(path: Path, *, answers: str | None = None) -> tuple[bytes, str | None]:
    """
    Write such a file with the papers' contents in place of their paths; its command id.

    `answers`: it is the answer to the supplement request of this dossier. Errors as
    `read`, but that papers are checked by those who take them in.
    """
    try:
        raw = load(path)
        file: SubmissionFile | AnswerFile = (
            AnswerFile.model_validate_json(raw)
            if answers
            else SubmissionFile.model_validate_json(raw)
        )
    except ValidationError as error:
        raise _malformed(path, error) from error
    left = {"components", "command_id"}
    told: dict[str, object] = file.model_dump(mode="json", exclude=left)
    told["components"] = [_inlined(path.parent, one) for one in file.components]
    if answers:
        told["dossier"] = answers
    return json.dumps(told).encode(), getattr(file, "command_id", None)


def _inlined(folder: Path, component: ComponentFile) -> dict[str, object]:
    told = component.model_dump(mode="json", by_alias=True, exclude={"path"})
    content = component.path and b64encode(load(folder / component.path)).decode()
    return told | {"content": content}
