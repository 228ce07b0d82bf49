"""The submission file of `dossier submit`: read, checked, paths resolved."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, ValidationError
from pydantic.types import JsonValue

from dossiers.errors import MalformedError, RefusedError
from dossiers.ports import Person
from dossiers.reuse_rules import NOBODY_KNOWS, PaperIdentity
from dossiers.values import Channel, Value
from infra.intake import check_path
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


class ComponentFile(Value):
    """
    One paper: code in the procedure, file (or null: from the store), counts.

    `identity`: number, issuer, days of issue and expiry, as they stand on it.
    """

    code: str
    path: str | None = None
    original: int = Field(default=1, ge=0)
    copy_: int = Field(default=0, ge=0, alias="copy")
    identity: PaperIdentity = NOBODY_KNOWS


def _identified(person: Person) -> Person:
    """Demand a name and an id number: two persons without one would be the same."""
    if person.name.strip() and person.id_number.strip():
        return person
    text = "name, id_number: must not be empty"
    raise ValueError(text)


class SubmissionFile(Value):
    """The whole file; unknown keys are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [EXAMPLE]}
    )

    procedure: str
    channel: Channel
    receiving_agency: str
    applicant: Annotated[Person, AfterValidator(_identified)]
    owner: Annotated[Person, AfterValidator(_identified)]
    components: tuple[ComponentFile, ...]
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
    submission = Submission(
        procedure=file.procedure,
        channel=file.channel,
        receiving_agency=file.receiving_agency,
        applicant=file.applicant,
        owner=file.owner,
        components=handed,
    )
    return submission, file.command_id


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
    if checked.verdict == "reject":
        why = "; ".join(reason.vi for reason in checked.reasons)
        english = "; ".join(reason.en for reason in checked.reasons)
        again = f"nambuoc store check {path}"
        place = f"{component.code}: {path.name}: {checked.verdict}"
        vi = f"{place}: {why}; hãy quét lại hoặc xem: {again}"
        en = f"{place}: {english}; scan it again, or see: {again}"
        raise RefusedError(vi, en, rule="intake")
    return Handed(
        component.code,
        component.original,
        component.copy_,
        content=path.read_bytes(),
        media_type=checked.type,
        identity=component.identity,
        doubtful=checked.verdict == "quarantine",
    )


class AnswerFile(Value):
    """The file of `dossier supplement --answer`: only the papers."""

    components: tuple[ComponentFile, ...]


def read_components(path: Path) -> tuple[Handed, ...]:
    """Read the papers of a supplement; errors as `read`."""
    try:
        file = AnswerFile.model_validate_json(load(path))
    except ValidationError as error:
        raise _malformed(path, error) from error
    return tuple(_handed(path.parent, component) for component in file.components)
