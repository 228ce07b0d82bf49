"""Fixtures that several levels share."""

pytest_plugins = ["tests.support.databases"]
