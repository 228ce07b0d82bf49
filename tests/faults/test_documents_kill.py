"""Uploads killed anywhere, beside a collector without mercy: nothing is lost."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from storage.collecting import collect
from storage.rotation import retire, rotate
from tests.support.seeds import Draws
from tests.support.stored import demand_acknowledged, site, upload_for_ever

SERVED = get_context("forkserver")
SERVED.set_forkserver_preload(["tests.support.stored"])
AT_ONCE = 4
SEED = 20_261_125
Target = Callable[..., None]


def started(target: Target, *words: object) -> BaseProcess:
    process = SERVED.Process(target=target, args=words)
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()


def killed(folder: Path, kills: int) -> tuple[int, int]:
    """Kill that many uploaders, each within its first papers; acknowledged, blobs."""
    draws, acknowledged = Draws(SEED), folder / "acknowledged"
    with site(folder) as store:
        for number in range(0, kills, AT_ONCE):
            batch = [
                started(upload_for_ever, folder, acknowledged, number + one)
                for one in range(AT_ONCE)
            ]
            until = time.monotonic() + 10
            seen = acknowledged.stat().st_size if acknowledged.exists() else -1
            while time.monotonic() < until:
                if acknowledged.exists() and acknowledged.stat().st_size > seen:
                    break
                time.sleep(0.002)
            for process in batch:
                time.sleep(draws.between(0, 0.02))
                kill(process)
        return demand_acknowledged(store, acknowledged), store.demand_whole()


def test_two_hundred_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged, blobs = killed(tmp_path, 200)

    assert acknowledged >= 50
    assert blobs > 50


@pytest.mark.long
def test_two_thousand_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged, _ = killed(tmp_path, 2_000)

    assert acknowledged >= 500


def upload_by_eight_threads(folder: Path, acknowledged: Path, seed: int) -> None:
    """Put a hundred papers by eight threads, some of them twice."""
    papers = [os.urandom(2_000) for _ in range(80)]
    with site(folder) as store, acknowledged.open("ab", buffering=0) as log:

        def put(number: int) -> None:
            content = papers[number % len(papers)]
            kept = store.put(f"{seed}:{number}", content)
            log.write(f"{kept.id} {kept.sha256}\n".encode())

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(put, range(100)))


def test_a_collector_without_grace_takes_no_paper_from_two_busy_processes(
    tmp_path: Path,
) -> None:
    acknowledged = tmp_path / "acknowledged"
    with site(tmp_path) as store:
        busy = [
            started(upload_by_eight_threads, tmp_path, acknowledged, n) for n in (1, 2)
        ]
        rounds = taken = 0
        while any(process.is_alive() for process in busy):
            taken += collect(store.engine, store.objects, grace_s=0)
            rounds += 1
        for process in busy:
            process.join()

        assert demand_acknowledged(store, acknowledged) == 200
        assert store.demand_whole() == 160
    assert [process.exitcode for process in busy] == [0, 0]
    assert rounds > 5
    assert taken > 0, "the collector met no upload: the test proves nothing"


def rotate_for_ever(folder: Path) -> None:
    with site(folder) as store:
        while True:
            rotate(store.engine, store.keys)


def test_a_rotation_killed_anywhere_beside_uploads_goes_on(tmp_path: Path) -> None:
    draws, acknowledged = Draws(SEED), tmp_path / "acknowledged"
    with site(tmp_path) as store:
        uploader = started(upload_for_ever, tmp_path, acknowledged, 1)
        for _ in range(15):
            rotating = started(rotate_for_ever, tmp_path)
            time.sleep(draws.between(0.2, 0.4))
            kill(rotating)
        kill(uploader)

        rotate(store.engine, store.keys)
        retire(store.engine, store.keys)

        assert demand_acknowledged(store, acknowledged) > 0
        assert store.demand_whole() > 0
    assert [one.name for one in (tmp_path / "keys").iterdir()] == ["master.json"]
