"""Calls out: programs are told by their URLs what is said. The log is the queue; see `calls/queue.py`."""
