"""Where a server keeps what it has between runs, unless it is told: known without all else that a server has.

`twistchat restart` and `drain` ask for nothing more, and import nothing more: they take a tenth of a second.
"""

from __future__ import annotations

from platformdirs import user_state_dir

STATE_DIR = user_state_dir("twistchat", appauthor=False)
