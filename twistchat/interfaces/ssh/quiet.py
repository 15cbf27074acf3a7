"""Conch's own log lines, as far as an operator wants them: it reports each channel that opens, and each that closes."""

from __future__ import annotations

import sys
from typing import Any

from twisted.conch.error import ConchError
from twisted.logger import Logger, LogLevel


class QuietLogger(Logger):
    """Passes on warnings and what is worse; a peer that sends nonsense is no error of ours."""

    def emit(self, level: Any, format: str | None = None, **kwargs: Any) -> None:
        """Twisted's hook: log, or not."""
        if level >= LogLevel.critical:
            super().emit(level, format, **kwargs)

    def failure(self, format: str, failure: Any = None, level: Any = LogLevel.critical, **kwargs: Any) -> None:
        """Twisted's hook: a traceback, unless the peer was only refused something."""
        if not isinstance(sys.exc_info()[1], ConchError):
            super().failure(format, failure, level, **kwargs)


quiet = QuietLogger(namespace="twisted.conch")
