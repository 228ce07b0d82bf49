"""How a paper becomes binding: PAdES, keys, verdicts."""
