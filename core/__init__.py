"""Thinvec: how few bytes per vector can you get away with, and what do you lose?"""

__version__ = "0.1.0"
