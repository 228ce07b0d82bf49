"""Tests of the steps over ports in memory."""
