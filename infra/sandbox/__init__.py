"""The intake check in a child that can do nothing else and cannot last."""
