"""Verdicts on signed PDFs in the words of ETSI EN 319 102-1."""
