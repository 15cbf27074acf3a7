"""A line editor for a terminal at the far end of a connection: bytes in, edited lines and what to draw out. No I/O."""
