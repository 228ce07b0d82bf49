"""What other systems build on: schemas of the events, channels, and their promise."""
