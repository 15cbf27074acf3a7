"""`twistchat bundle`: the server, its client and all that they take in one file that any Python from 3.11 on runs.

Not shiv, which is alive and does nearly this: it unpacks into the home folder or into one that is named, and ends
with a traceback where that cannot be written; it does not look whose folder it takes; and what it writes has the
compiled parts of one processor and one Python.

targets.py says for which machines; wheels.py fetches what they take, by versions.txt alone; contents.py says what of it
is carried; archive.py writes the file; unpacking.py is what runs first in it.
"""
