"""Signing, unit by unit."""
