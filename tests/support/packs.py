"""Evidence packs taken apart, changed and put together again, as an attacker would."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping

Entry = tuple[zipfile.ZipInfo | str, bytes]


def members_of(pack: bytes) -> dict[str, bytes]:
    """Take a pack apart."""
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Mapping[str, bytes], *more: Entry) -> bytes:
    """Put members together; `more` may repeat a name or carry an odd one."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (*members.items(), *more):
            archive.writestr(name, content)
    return file.getvalue()


def whitewashed(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """Write the manifest anew, so that it agrees with whatever is there."""
    manifest = json.loads(members["manifest.json"])
    others = {name: one for name, one in members.items() if name != "manifest.json"}
    manifest["members"] = [
        {"path": name, "size": len(one), "sha256": hashlib.sha256(one).hexdigest()}
        for name, one in sorted(others.items())
    ]
    told = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    return others | {"manifest.json": told.encode()}


def flipped(content: bytes) -> bytes:
    """Flip one bit in the middle."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def symlink(name: str) -> zipfile.ZipInfo:
    """Name a member that unpacks to a symbolic link."""
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    return entry


def declared(pack: bytes, name: str, size: int) -> bytes:
    """Let the directory of a ZIP declare another size for a member."""
    at = pack.rindex(name.encode()) - 46 + 24
    return pack[:at] + size.to_bytes(4, "little") + pack[at + 4 :]


Change = Callable[[dict[str, bytes]], bytes]
