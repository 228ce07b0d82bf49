"""The folders are top-level packages: their names belong to this project alone."""

import sys
from importlib.metadata import packages_distributions
from importlib.util import find_spec

import pytest

from tests.architecture.code import PACKAGES, PYPROJECT, ROOT, modules, tree


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_claims_the_name(package: str) -> None:
    owners = set(packages_distributions().get(package, ()))
    found = find_spec(package)

    assert owners <= {PYPROJECT["project"]["name"]}
    assert found is not None
    assert found.origin == str(ROOT / package / "__init__.py")


def test_each_folder_with_code_is_shipped_and_its_imports_are_checked() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert folders - {"tests", "benchmarks"} == set(PACKAGES)
    assert set(PYPROJECT["tool"]["importlinter"]["root_packages"]) == set(PACKAGES)


def test_no_module_of_flows_hides_one_of_the_standard_library() -> None:
    # Prefect, loading a flow by its path, puts flows/ first on sys.path for good.
    names = {path.stem for path in modules("flows")} - {"__init__"}

    assert not names & (sys.stdlib_module_names | set(PACKAGES))


def test_a_package_says_what_it_is_and_imports_nothing() -> None:
    marks = [path for path in modules() if path.name == "__init__.py"]

    assert [path for path in marks if len(tree(path).body) != 1] == []


def test_it_cannot_be_published_by_mistake() -> None:
    assert "Private :: Do Not Upload" in PYPROJECT["project"]["classifiers"]
