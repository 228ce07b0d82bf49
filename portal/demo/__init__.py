"""The demo: real arrivals worked through on a virtual clock."""
