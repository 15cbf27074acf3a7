"""Whether a disk has room for a line, as far as that can be seen without writing."""

from __future__ import annotations

import os
from pathlib import Path

from twistchat.errors import Phrase
from twistchat.log.failures import FULL, READ_ONLY

A_COMMIT = 4 * 4096
"""Bytes that must be free: a line is written as up to three pages of 4,096 bytes and a header each."""


class Disk:
    """The file system of a folder: what it said when it was last looked at.

    A full one may still take lines, where a file has room of its own: what was stored since it became full counts more.
    """

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is looked at yet."""
        self._folder = folder
        self._takes_lines = False
        self._seen: Phrase | None = None

    @property
    def trouble(self) -> Phrase | None:
        """Why nothing will be stored, as a part of a sentence; None where it may be."""
        return None if self._takes_lines else self._seen

    def look(self) -> None:
        """See how it is now; a few microseconds."""
        self._seen = _trouble_of(self._folder)
        if self._seen is None:
            self._takes_lines = False

    def took(self, is_stored: bool) -> None:
        """Note whether the latest batch was stored."""
        self._takes_lines = is_stored


def _trouble_of(folder: Path) -> Phrase | None:
    try:
        about = os.statvfs(folder)
    except OSError:
        return None  # what was taken away is the Watch's to see
    if about.f_flag & os.ST_RDONLY:
        return READ_ONLY
    free = (about.f_bavail if os.geteuid() else about.f_bfree) * about.f_frsize
    return FULL if about.f_blocks and free < A_COMMIT else None
