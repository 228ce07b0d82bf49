"""Ten of the largest uploads at once: the engine's own memory stays small."""

import json
import subprocess
import sys
from pathlib import Path

TEN = """
import hashlib, json, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from infra.intake import Claim, Intake
from infra.sandbox.asking import Sandbox
from storage.uploads import Upload, Uploads
from tests.support.scans import jpeg
uploads, intake = Uploads(Path(sys.argv[1])), Intake(Sandbox())
film = hashlib.shake_256(b"film").digest(1 << 16)

def pieces():
    yield jpeg()
    for _ in range(399):  # what phones write behind their pictures
        yield film

def whole():
    size, digest = 0, hashlib.sha256()
    for piece in pieces():
        size += len(piece)
        digest.update(piece)
    return size, digest.hexdigest()

def upload(number):
    size, sha256 = whole()
    uploads.create(Upload(str(number), "owner", size))
    uploads.append(str(number), 0, pieces())
    with uploads.finish(str(number), sha256) as file:
        found = intake.check(file, Claim("a.jpg", "image/jpeg"))
    uploads.remove(str(number))
    return found.verdict.value, found.size, found.sha256 == sha256

with ThreadPoolExecutor(10) as pool:
    told = list(pool.map(upload, range(10)))
# Not ru_maxrss, which remembers the process that started this one.
status = Path("/proc/self/status").read_text()
(most,) = (line.split()[1] for line in status.splitlines() if "VmHWM" in line)
print(json.dumps({"told": told, "megabytes": int(most) / 1024}))
"""


def test_ten_large_uploads_at_once_stay_under_the_budget(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TEN, str(tmp_path)],
        capture_output=True,
        check=True,
        text=True,
    )
    answer = json.loads(done.stdout)

    sizes = {size for _, size, _ in answer["told"]}
    assert [told[0] for told in answer["told"]] == ["accept"] * 10
    assert all(same for _, _, same in answer["told"])
    assert min(sizes) > 26_000_000
    assert answer["megabytes"] < 300
