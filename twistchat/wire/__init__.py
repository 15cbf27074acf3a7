"""Between events and bytes: pure functions and small classes, with no transport and no clock."""
