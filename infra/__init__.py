"""How it runs: settings, wiring, clock, printer, post."""
