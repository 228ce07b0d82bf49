"""
Prefect's own server, as it is shipped, on a database and a port of our own.

`python -m flows.server --home DIR` becomes the server; its address stands in
HOME/run/prefect.json. Its database is a cache: a missing one is made anew, empty.
"""

import argparse
import gc
import os
import runpy
import shutil
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

from dossiers.errors import DossierError, FaultError
from flows import environment
from infra import running

CACHE = Path.home() / ".cache" / "nambuoc"
DATABASE = "prefect/prefect.db"
ADDRESS = "run/prefect.json"
MIGRATION_S = 300.0
STARTED_S = 20.0
COLLECT_S = 3.0


def template() -> Path:
    """Find the migrated empty database of this Prefect version; make it once."""
    kept = CACHE / f"prefect-{environment.PREFECT}.db"
    if kept.exists():
        return kept
    CACHE.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        made = Path(place) / "prefect.db"
        _migrate(Path(place), made)
        made.replace(kept)
    return kept


def _migrate(place: Path, database: Path) -> None:
    settings = environment.server(database, 0)
    environment.take_on(place, settings)
    upgrade = ("prefect", "server", "database", "upgrade", "--yes")
    log = place / "upgrade.log"
    pid = running.spawn((sys.executable, "-P", "-m", *upgrade), log)
    deadline = time.monotonic() + MIGRATION_S
    while (code := running.ended(pid)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if code != 0:
        told = log.read_text(encoding="utf-8")[-500:]
        text = f"không tạo được cơ sở dữ liệu của Prefect: {told}"
        raise FaultError(text, f"Prefect's empty database could not be made: {told}")


def database(home: Path) -> Path:
    """Find the home's Prefect database; a missing one is copied from the template."""
    place = home / DATABASE
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for rest in ("-wal", "-shm"):
            place.with_name(place.name + rest).unlink(missing_ok=True)
        part = place.with_name("prefect.db.part")
        shutil.copyfile(template(), part)
        part.replace(place)
    return place


def port(home: Path) -> int:
    """Keep the home's last port when it is free, else take a free one."""
    last = str(running.read(home / ADDRESS).get("port", 0))
    for wanted in (int(last), 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    text = "không còn cổng trống trên 127.0.0.1"
    raise FaultError(text, "no free port on 127.0.0.1")


def _collect_aside() -> None:
    """
    Collect garbage in a thread of its own, never in the server's event loop.

    A cursor that an error left behind waits, when it is collected, for its connection;
    that connection may wait for a lock whose holder needs the loop to commit. In the
    loop's thread all stood still for the 60 s of SQLite's patience; here only this
    thread waits.
    """
    gc.disable()

    def collect() -> None:
        time.sleep(STARTED_S)
        gc.collect()
        gc.freeze()  # what is there after the start stays: not looked at again
        while True:
            gc.collect()
            time.sleep(COLLECT_S)

    threading.Thread(target=collect, name="garbage", daemon=True).start()


def serve(home: Path) -> None:
    """Become Prefect's server; raises ConflictError when the home has one."""
    with running.hold(home / running.SERVER, "prefect server"):
        chosen = port(home)
        environment.take_on(home, environment.server(database(home), chosen))
        os.chdir(home / "prefect")
        url = f"http://127.0.0.1:{chosen}/api"
        running.write(home / ADDRESS, {"url": url, "port": chosen})
        sys.argv = ["uvicorn", "--factory", "prefect.server.api.server:create_app"]
        sys.argv += ["--host", "127.0.0.1", "--port", str(chosen)]
        sys.argv += ["--log-level", "warning", "--no-access-log"]
        sys.argv += ["--timeout-keep-alive", "60", "--timeout-graceful-shutdown", "3"]
        _collect_aside()
        runpy.run_module("uvicorn", run_name="__main__", alter_sys=True)


def main() -> None:
    """Serve the home named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m flows.server")
    parser.add_argument("--home", type=Path, required=True)
    home = parser.parse_args().home.absolute()
    os.umask(0o077)
    try:
        serve(home)
    except DossierError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(error.exit_code) from error


if __name__ == "__main__":
    main()
