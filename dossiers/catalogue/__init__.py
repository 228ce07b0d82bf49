"""Reads the National Public Service Portal's catalogue of procedures."""
