"""The project's code as the tests of its architecture read it."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"][
    "packages"
]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(*packages: str) -> list[Path]:
    """List the modules of packages (default: ours), relative to the root."""
    found = (ROOT / name for name in packages or PACKAGES)
    return sorted(p.relative_to(ROOT) for one in found for p in one.rglob("*.py"))


@cache
def text(module: Path) -> str:
    """Read a module."""
    return (ROOT / module).read_text(encoding="utf-8")


@cache
def tree(module: Path) -> ast.Module:
    """Parse a module."""
    return ast.parse(text(module))


def dotted(module: Path) -> str:
    """Name a module as an import does."""
    return ".".join(module.with_suffix("").parts).removesuffix(".__init__")


def nodes(*packages: str) -> Iterator[tuple[Path, ast.AST]]:
    """Walk through every node of packages."""
    for module in modules(*packages):
        for node in ast.walk(tree(module)):
            yield module, node


def tracked() -> list[Path]:
    """List what the repository holds; empty outside a checkout."""
    if not (ROOT / ".git").exists():
        return []
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    found = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [path for path in found if path.is_file()]
