"""A chat server that anyone can join with what they already have."""

__version__ = "0.2.0"
