"""The intake check, for entry points that may not reach into storage."""

from storage.intake.checking import check, check_path
from storage.intake.verdict import Check

__all__ = ["Check", "check", "check_path"]
