"""The legal clock: limits, working calendars, due instants with their sum."""
