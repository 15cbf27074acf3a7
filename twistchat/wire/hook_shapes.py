"""The shapes of JSON that many tools share: Slack's and Discord's attachments, titles with messages, alerts, cards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from twistchat.wire.hook_text import joined, words

MOST_PARTS = 100
"""Parts of one body that are looked at, beside or in each other: an alert for each of a rack's machines."""

MOST_FIELDS = 300
"""Of all parts together: Discord takes ten embeds with 25 each."""

MOST_DEPTH = 5

_OF_ALERTS = re.compile(r"\*\*(?:Firing|Resolved)\*\*\s+Value: ")
"""How the text begins that Grafana makes of alerts where nobody wrote one: fourteen lines of each, that say no more
than its alerts in one (grafana/alerting, templates/default_template.go)."""

_BUTTONS = "actions"
"""The kind of Slack's blocks that have buttons, which nobody can press here."""

_TITLE = ("title", "activityTitle", "subject", "summary")
_TITLE_LINK = ("title_link", "titleLink", "url", "link")
_TEXT = ("text", "content", "message", "msg", "body", "description", "activityText")
_PARTS = ("attachments", "embeds", "sections", "blocks", "elements", "body", "items", "columns")
_FIELDS = ("fields", "facts")
_FIELD_NAME = ("title", "name")

Object = Mapping[str, Any]


def first(value: Object, keys: tuple[str, ...]) -> str:
    """The first of some values that is a text or a number."""
    return next((text for key in keys if (text := words(value.get(key)))), "")


def objects(value: object) -> list[Object]:
    """The objects of a list, of one that is too long the first; none where it is no list."""
    return [each for each in value[:MOST_PARTS] if isinstance(each, Mapping)] if isinstance(value, list) else []


class BodyReading:
    """One look through a body, which ends after so many parts, whether they lie in one object or in several."""

    def __init__(self) -> None:
        """Nothing of the body was looked at."""
        self._left = MOST_PARTS
        self._fields_left = MOST_FIELDS

    def texts(self, value: Object) -> Iterator[str]:
        """What an object says, in the order in which people read it: title, text, fields, parts; else its alerts."""
        if self._left > 0:
            found = [*self._all_of(value, 0)]
            yield from found or (words(value.get("fallback")), *self._alerts(value))

    def _all_of(self, value: Object, depth: int) -> Iterator[str]:
        self._left -= 1
        title, text = first(value, _TITLE), first(value, _TEXT)
        alerts = [*self._alerts(value)] if _OF_ALERTS.match(text) else []
        link = first(value, _TITLE_LINK)
        if title:
            yield f"{title} ({link})" if link else title
        if alerts:
            yield from alerts
        elif text and text != title:
            yield text
        yield from self._fields(value)
        for part in self._parts(value) if depth < MOST_DEPTH else ():
            if self._left <= 0:
                return
            found = [*self._all_of(part, depth + 1)]
            yield from found or filter(None, [words(part.get("fallback"))])

    def _fields(self, value: Object) -> Iterator[str]:
        for key in _FIELDS:
            for each in objects(value.get(key))[: self._fields_left]:
                self._fields_left -= 1
                name, said = first(each, _FIELD_NAME), words(each.get("value")) or words(each.get("text"))
                if name or said:
                    yield joined((name, said), ": ")

    def _parts(self, value: Object) -> Iterator[Object]:
        """What lies in it: lists of parts, Slack's text of a block, the card of a Teams message."""
        for key in ("text", "content"):
            if isinstance(value.get(key), Mapping):
                yield value[key]
        for key in _PARTS:
            yield from (part for part in objects(value.get(key)) if part.get("type") != _BUTTONS)

    def _alerts(self, value: Object) -> Iterator[str]:
        """Prometheus' own dialect, which Grafana shares: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config"""
        for alert in objects(value.get("alerts"))[: self._left + 1]:
            self._left -= 1
            labels, notes = alert.get("labels"), alert.get("annotations")
            labels, notes = ({} if not isinstance(each, Mapping) else each for each in (labels, notes))
            state = words(alert.get("status")).upper()
            name, where = words(labels.get("alertname")), words(labels.get("instance"))
            said = first(notes, ("summary", "description", "message")) or where
            if state or name or said:
                yield joined((f"[{state}]" if state else "", name or "?", said))
