"""Conch's own log lines, as far as an operator wants them: it reports each channel that opens, and each that closes."""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger, LogLevel


class QuietLogger(Logger):
    """Passes on warnings and what is worse; a peer that sends nonsense is no error of ours."""

    def emit(self, level: Any, format: str | None = None, **kwargs: Any) -> None:
        """Twisted's hook: log, or not."""
        if level >= LogLevel.critical:
            super().emit(level, format, **kwargs)


quiet = QuietLogger(namespace="twisted.conch")
