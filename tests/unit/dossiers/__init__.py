"""Unit tests of dossiers."""
