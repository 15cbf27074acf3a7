"""Where events are kept: the core's Log port, served."""
