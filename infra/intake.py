"""The intake check, for entry points that may not reach into storage."""

from storage.intake.check import Check, check, check_path

__all__ = ["Check", "check", "check_path"]
