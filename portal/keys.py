"""Public keys that the user names, or those of the home."""

from pathlib import Path

from dossiers.errors import MalformedError
from infra.settings import from_environment
from infra.signer_state import Key, public_keys, read_keys
from portal.files import load


def log_keys(path: Path | None) -> list[Key]:
    """
    Read the keys of a `log.vkey` or `log.vkeys`, default the home's.

    Raises MalformedError when there is neither, or the file is no key file.
    """
    if path is None:
        return public_keys(from_environment().log)
    return read_keys(load(path).decode(errors="replace"))


def one_key(path: Path) -> Key:
    """Read a file with the one key of a witness; raises MalformedError."""
    found = read_keys(load(path).decode(errors="replace"))
    if len(found) != 1:
        vi = f"{path} có {len(found)} khóa; cần đúng một"
        raise MalformedError(vi, f"{path} has {len(found)} keys; one is needed")
    return found[0]
