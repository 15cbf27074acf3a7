"""What programs say and read at the web port, by tokens: hooks and feeds."""
