"""The development PKI: made at first start, never in the repository."""
