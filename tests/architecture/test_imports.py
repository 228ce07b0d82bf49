"""The command line starts Prefect as another process, never by import."""

import json
import subprocess
import sys

import pytest

from tests.architecture.code import ROOT, dotted, modules

MODULES = [dotted(path) for path in modules("portal")]
LOOK = """
import importlib, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        found[name] = "prefect" if "prefect" in sys.modules else ""
    except Exception as error:
        found[name] = repr(error)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    """Import all in one fresh process; say what each one did wrong first."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *MODULES],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("module", MODULES)
def test_is_imported_without_prefect(module: str, found: dict[str, str]) -> None:
    assert found[module] == ""
