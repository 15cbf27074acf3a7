"""A restart that nobody notices: a new process takes over the ports and connections of the old one, which then ends."""
