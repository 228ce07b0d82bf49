"""Recorded bytes, and the scripts that made them."""
