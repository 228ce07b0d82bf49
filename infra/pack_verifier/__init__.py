"""Checks an evidence pack with Python's standard library alone."""
