"""Whether the log is whole, and whether all that lies beside it agrees with it."""
