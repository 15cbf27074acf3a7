"""Writes the archive: the same members make the same bytes, whoever packs them and when (with the same zlib)."""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

EARLIEST = 315532800
"""1980, before which the format knows no time; all is as old as this unless SOURCE_DATE_EPOCH says otherwise."""

SHEBANG = b"#!/usr/bin/env python3\n"


def write(file: Path, members: Mapping[str, bytes], seconds: int = EARLIEST) -> None:
    """Write an archive that Python runs; one that was there is replaced once the new one is whole.

    Args:
        file: Where to.
        members: Contents by name.
        seconds: How old the members are said to be, in seconds since 1970.

    Raises:
        OSError: It cannot be written; nothing of it is left.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    when = time.gmtime(max(seconds, EARLIEST))[:6]
    try:
        with draft.open("wb") as out:
            out.write(SHEBANG)
            with zipfile.ZipFile(out, "w") as archive:
                for name in sorted(members):
                    archive.writestr(_entry(name, when), members[name], zipfile.ZIP_DEFLATED, 6)
        draft.chmod(0o755)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _entry(name: str, when: tuple[int, ...]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (when[0], when[1], when[2], when[3], when[4], when[5]))
    entry.create_system = 3  # Unix, also where it is not
    entry.external_attr = 0o100644 << 16
    return entry


def date_of_source(environment: Mapping[str, str]) -> int:
    """SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/).

    Raises:
        ValueError: It is no number; the text is a sentence.
    """
    text = environment.get("SOURCE_DATE_EPOCH", "") or str(EARLIEST)
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise ValueError(f"SOURCE_DATE_EPOCH is {text!r}, and is to be seconds since 1970.")
    return int(text)
