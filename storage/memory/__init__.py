"""Every port of storage in memory, held to the same contracts as the databases."""
