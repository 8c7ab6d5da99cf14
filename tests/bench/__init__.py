"""Figures that a build does not wait for: `make bench`."""
