"""The domain: people, rooms, names, commands and limits. No transport, no reactor, no clock of its own, no I/O."""
