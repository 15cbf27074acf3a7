"""What a machine may be without: TLS and SSH take compiled parts, which are not to be had for every processor.

Whatever needs one of them asks here first and imports it where it is used, so that all else runs without.
"""

from __future__ import annotations

import importlib
import platform
from enum import Enum


class Extra(Enum):
    """An extra of the distribution, by its name there; both are in what is installed by default."""

    TLS = "tls"
    SSH = "ssh"

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name


_TAKES = {
    Extra.TLS: ("cryptography.hazmat.bindings._rust", "OpenSSL.SSL"),
    Extra.SSH: ("cryptography.hazmat.bindings._rust", "bcrypt"),
}
"""Modules, each after those that it would import itself."""


def is_here(extra: Extra) -> bool:
    """Whether it can be had here: its modules are there, and made for this processor and this C library."""
    try:
        for module in _TAKES[extra]:
            importlib.import_module(module)
    except (ImportError, AttributeError):  # the second is what two of them raise that do not belong together
        return False
    return True


def missing() -> list[Extra]:
    """Those that cannot be had here."""
    return [extra for extra in Extra if not is_here(extra)]


def why_missing(*extras: Extra) -> str:
    """That one or both cannot be had, as a part of a sentence."""
    titles = " nor ".join(extra.title for extra in extras)
    none, whose = ("neither", "their") if len(extras) > 1 else ("no", "its")
    parts = f"{whose} compiled parts are not installed, or not for this processor ({platform.machine()})"
    return f"there is {none} {titles} here: {parts}"
