"""Unit tests of portal."""
