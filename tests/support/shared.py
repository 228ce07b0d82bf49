"""The large real files beside the checkout; tests use them only when they are there."""

from pathlib import Path

SHARED = Path(__file__).parents[3] / "shared" / "data"
ABSENT = "the large real files are not beside this checkout"
