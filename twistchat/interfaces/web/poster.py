"""The page at `/qr`: name, address and QR code, so large that they are read from the back of a room."""

from __future__ import annotations

from contextlib import suppress
from html import escape
from http import HTTPStatus

from twistchat.core.place import Way
from twistchat.errors import NoSuchLanguage
from twistchat.interfaces.responses import Response
from twistchat.qr import as_svg
from twistchat.reach import Reach, page_of
from twistchat.wire.http import Head
from twistchat.wire.language import Language

MOST_WAYS = 30
"""Further addresses on the page; /where lists them all."""

REFRESH_SECONDS = 30
"""After which a browser asks again, as the page stays open while networks come and go."""

_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{name}</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="poster.css">
</head>
<body>
<main>
<h1 dir="auto">{name}</h1>
{body}
</main>
</body>
</html>
"""


class Poster:
    """Makes the page, anew for each request."""

    def __init__(self, reach: Reach, language: Language) -> None:
        """Make none yet.

        Args:
            reach: Finds out the addresses.
            language: What the page is in where a browser asks for none that there is.
        """
        self._reach = reach
        self._language = language

    def __call__(self, peer: str, head: Head) -> Response:
        """Answer a request for it."""
        language = self._asked_for(head.headers.get("accept-language", ""))
        lang = language.code.replace("_", "-")
        text = _PAGE.format(lang=lang, name=escape(self._reach.name or "twistchat"), body=self._body(language))
        more = {"Refresh": str(REFRESH_SECONDS), "Vary": "Accept-Language"}
        return Response(HTTPStatus.OK, text.encode(), "text/html; charset=utf-8", more)

    def _asked_for(self, accepted: str) -> Language:
        """The first language of an `Accept-Language` that there is; browsers list first what people like best."""
        for word in accepted.split(",")[:10]:
            with suppress(NoSuchLanguage):
                return self._language.all.found(word.partition(";")[0].strip() or "-")
        return self._language

    def _body(self, language: Language) -> str:
        def _say(sentence: str) -> str:
            return f"<p>{escape(language.say(sentence, {}))}</p>"

        ways = self._reach.ways()
        page = page_of(ways)
        others = [way for way in ways if way is not page]
        if not self._reach.is_open:
            return _say("Only those on the server's own machine can join; --open lets others in.")
        if not ways:
            return _say("The server's machine has no address now by which others could reach it.")
        return "".join([_picture(page) if page else "", _say("Scan this, or open the address."), _listed(others)])


def _picture(way: Way) -> str:
    url = escape(way.url)
    return f'<a class="scan" href="{url}" aria-label="QR: {url}">{as_svg(way.url)}</a><p class="url">{url}</p>'


def _listed(ways: list[Way]) -> str:
    rows = (f"<li>{escape(way.url)}{f' <small>{escape(way.typed)}</small>' if way.typed else ''}</li>" for way in ways)
    return f"<ul>{''.join([*rows][:MOST_WAYS])}</ul>" if ways else ""
