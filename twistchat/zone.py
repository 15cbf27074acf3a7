"""The machine's time zone, for those who are mostly in the same building."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo


class MachineZone(tzinfo):
    """The zone of the machine as the C library has it (`TZ`, `/etc/localtime`), with its summer times.

    `datetime` itself only has today's distance to UTC, which is another one in half a year.
    """

    def fromutc(self, when: datetime) -> datetime:
        """A time of UTC as one of here; of the hour that a clock shows twice, it is told which (PEP 495)."""
        return datetime.fromtimestamp(when.replace(tzinfo=UTC).timestamp()).replace(tzinfo=self)

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        """How far the clock is ahead of UTC at a time of here."""
        return None if when is None else when.replace(tzinfo=None).astimezone().utcoffset()

    def tzname(self, when: datetime | None) -> str | None:
        """What the zone is called then: `CET` or `CEST`."""
        return None if when is None else when.replace(tzinfo=None).astimezone().tzname()

    def dst(self, when: datetime | None) -> timedelta | None:
        """Not known apart from the rest."""
        return None
