"""The submission file of `dossier submit`: read, checked, paths resolved."""

from pathlib import Path

from pydantic import Field, ValidationError

from dossiers.errors import MalformedError, NotFoundError, RefusedError
from dossiers.ports import Person
from dossiers.values import Channel, Value
from infra.intake import check_path
from steps.receive import Handed, Submission

MAX_FILE = 1024 * 1024


class ComponentFile(Value):
    """One paper: code in the procedure, file (or null: from the store), counts."""

    code: str
    path: str | None = None
    original: int = Field(default=1, ge=0)
    copy_: int = Field(default=0, ge=0, alias="copy")


class SubmissionFile(Value):
    """The whole file; unknown keys are refused."""

    procedure: str
    channel: Channel
    receiving_agency: str
    applicant: Person
    owner: Person
    components: tuple[ComponentFile, ...]
    command_id: str | None = None


def schema() -> dict[str, object]:
    """Write the JSON Schema of the file."""
    return SubmissionFile.model_json_schema(by_alias=True)


def read(path: Path) -> tuple[Submission, str | None]:
    """
    Read a submission file; component paths are relative to it.

    Raises NotFoundError for a missing file, MalformedError naming the wrong key,
    RefusedError for a paper that the intake check does not accept.
    """
    try:
        file = SubmissionFile.model_validate_json(_content(path))
    except ValidationError as error:
        raise _malformed(path, error) from error
    handed = tuple(_handed(path.parent, component) for component in file.components)
    submission = Submission(
        procedure=file.procedure,
        channel=file.channel,
        receiving_agency=file.receiving_agency,
        applicant=file.applicant,
        owner=file.owner,
        components=handed,
    )
    return submission, file.command_id


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        vi = f"không có tệp {path}"
        raise NotFoundError(vi, f"no file {path}") from error
    except IsADirectoryError as error:
        vi = f"{path} là thư mục"
        raise MalformedError(vi, f"{path} is a directory") from error
    if len(content) > MAX_FILE:
        vi = f"{path} lớn hơn {MAX_FILE} byte"
        raise MalformedError(vi, f"{path} is larger than {MAX_FILE} bytes")
    return content


def _malformed(path: Path, error: ValidationError) -> MalformedError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "JSON"
    vi = f"{path}: {where}: {first['msg']}; xem `nambuoc dossier submit --schema`"
    en = f"{path}: {where}: {first['msg']}; see `nambuoc dossier submit --schema`"
    return MalformedError(vi, en)


def _handed(folder: Path, component: ComponentFile) -> Handed:
    if component.path is None:
        return Handed(component.code, component.original, component.copy_)
    path = folder / component.path
    checked = check_path(path)
    if checked.verdict != "accept":
        why = "; ".join(reason.vi for reason in checked.reasons)
        english = "; ".join(reason.en for reason in checked.reasons)
        vi = f"{component.code}: {path.name}: {checked.verdict}: {why}"
        en = f"{component.code}: {path.name}: {checked.verdict}: {english}"
        raise RefusedError(vi, en, rule="intake")
    return Handed(
        component.code,
        component.original,
        component.copy_,
        content=path.read_bytes(),
        media_type=checked.type,
    )


class AnswerFile(Value):
    """The file of `dossier supplement --answer`: only the papers."""

    components: tuple[ComponentFile, ...]


def read_components(path: Path) -> tuple[Handed, ...]:
    """Read the papers of a supplement; errors as `read`."""
    try:
        file = AnswerFile.model_validate_json(_content(path))
    except ValidationError as error:
        raise _malformed(path, error) from error
    return tuple(_handed(path.parent, component) for component in file.components)
