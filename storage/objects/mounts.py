"""Which kind of file system a folder lies on (Linux; elsewhere unknown)."""

from pathlib import Path

NETWORK = frozenset(
    {"9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs"}
    | {"fuse.sshfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
)
VOLATILE = frozenset({"ramfs", "tmpfs"})


def file_system_of(folder: Path, table: Path = Path("/proc/self/mountinfo")) -> str:
    """Name the file system's type; an empty string when it cannot be known."""
    try:
        lines = table.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ""
    target = folder.resolve()
    found, deepest = "", -1
    for line in lines:
        place, _, kind = line.partition(" - ")
        mount = Path(_unescaped(place.split(" ")[4]))
        # The later line hides an earlier one on the same place.
        if target.is_relative_to(mount) and len(mount.parts) >= deepest:
            found, deepest = kind.split(" ")[0], len(mount.parts)
    return found


def _unescaped(place: str) -> str:
    """Undo the kernel's octal escapes of blank, tab, newline and backslash."""
    for octal in ("040", "011", "012", "134"):
        place = place.replace(f"\\{octal}", chr(int(octal, 8)))
    return place
