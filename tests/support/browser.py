"""A real Chromium, driven by its own WebDriver (https://www.w3.org/TR/webdriver2/), which is plain HTTP and JSON."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest
from support.patience import PATIENCE_SECONDS, doings

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
needs_chromium = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="Chromium is not installed (Debian: chromium chromium-driver)"
)

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--mute-audio",
)
KEYS = {"enter": "\ue007", "tab": "\ue004", "escape": "\ue00c", "down": "\ue015", "up": "\ue013"}


class Driver:
    """One chromedriver, which starts browsers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def __enter__(self) -> Self:
        assert DRIVER
        self.process = subprocess.Popen(
            [DRIVER, "--port=0", "--log-level=WARNING"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "started successfully on port" in line:
                self.url = f"http://127.0.0.1:{int(line.rstrip().rstrip('.').rpartition(' ')[2])}"
                return self
        raise AssertionError("chromedriver does not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def browser(
        self,
        size: tuple[int, int] = (1200, 800),
        dark: bool = False,
        language: str = "en-US",
        keeps: bool = True,
        hosts: str = "",
        accepts: bool = False,
    ) -> Browser:
        """A new browser with a profile of its own.

        Args:
            size: Its window's width and height, in pixels.
            dark: Whether people prefer dark colours.
            language: What they read, as browsers write it.
            keeps: Whether sites may keep anything.
            hosts: Where names lead, as Chromium's rules for that: `MAP chat.lan 127.0.0.1`.
            accepts: Whether the person has accepted certificates that nobody has signed.
        """
        self._count += 1
        width, height = size
        profile = self._folder / f"profile{self._count}"
        words = [*_QUIET, f"--user-data-dir={profile}", f"--window-size={width},{height}"]
        if hosts:
            words.append(f"--host-resolver-rules={hosts}")
        prefs: dict[str, Any] = {"intl.accept_languages": language}
        if not keeps:
            prefs["profile.default_content_setting_values.cookies"] = 2
        options = {"binary": CHROMIUM, "args": words, "prefs": prefs}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        session = call(
            f"{self.url}/session",
            {"capabilities": {"alwaysMatch": {**wanted, "acceptInsecureCerts": accepts}}},
        )
        made = Browser(f"{self.url}/session/{session['sessionId']}", profile)
        made.shows_as(size, dark)
        return made


def call(url: str, value: Any = None, method: str = "") -> Any:
    """One command of the protocol."""
    data = None if value is None else json.dumps(value).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method or None)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        raise AssertionError(json.load(error)["value"]["message"]) from None


class Browser:
    """One browser; its first window is open."""

    def __init__(self, url: str, profile: Path) -> None:
        self._url = url
        self._profile = profile

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closes()

    def closes(self) -> None:
        call(self._url, method="DELETE")

    def forgets(self, url: str) -> None:
        """Make it as new for a site."""
        origin = url.rstrip("/")
        self.cdp("Storage.clearDataForOrigin", origin=origin, storageTypes="all")
        self.goes_to(f"{origin}/icon.svg")
        self.runs("localStorage.clear(); sessionStorage.clear()")

    def shows_as(self, size: tuple[int, int], dark: bool) -> None:
        """Have the screen this size, in pixels, and colours as this person prefers them."""
        width, height = size
        self.cdp(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 700
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.cdp("Emulation.setEmulatedMedia", features=[scheme])

    def goes_to(self, url: str) -> None:
        call(f"{self._url}/url", {"url": url})

    def runs(self, script: str, *words: Any) -> Any:
        """Run JavaScript; what it returns comes back."""
        return call(f"{self._url}/execute/sync", {"script": script, "args": list(words)})

    def runs_async(self, script: str) -> Any:
        """Run JavaScript; what it calls its last argument with comes back."""
        return call(f"{self._url}/execute/async", {"script": script, "args": []})

    def texts(self, selector: str) -> list[str]:
        """The texts of all elements of a kind."""
        return list(self.runs("return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector))

    def window(self) -> str:
        return str(call(f"{self._url}/window"))

    def opens_window(self) -> str:
        """Open another tab, and turn to it."""
        handle = str(call(f"{self._url}/window/new", {"type": "tab"})["handle"])
        self.switches_to(handle)
        return handle

    def switches_to(self, handle: str) -> None:
        call(f"{self._url}/window", {"handle": handle})

    def closes_window(self) -> None:
        call(f"{self._url}/window", method="DELETE")

    def cdp(self, command: str, **words: Any) -> Any:
        """Run a command of Chromium's own protocol."""
        return call(f"{self._url}/goog/cdp/execute", {"cmd": command, "params": words})

    def element(self, selector: str) -> str:
        """The address of an element."""
        found = call(f"{self._url}/element", {"using": "css selector", "value": selector})
        return f"{self._url}/element/{found[_ELEMENT]}"

    def types(self, selector: str, text: str) -> None:
        """Press keys in a field."""
        self._acts(selector, "value", {"text": text})

    def field(self) -> str:
        """What stands in the field that one writes in."""
        return str(self.runs("return document.querySelector('#text').value"))

    def clicks(self, selector: str) -> None:
        self._acts(selector, "click", {})

    def _acts(self, selector: str, what: str, value: dict[str, str]) -> None:
        """Do something with an element, once it is shown: the page's scripts may go on where it has been loaded."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                call(f"{self.element(selector)}/{what}", value)
                return
            except AssertionError as error:
                if "not interactable" not in str(error) or time.monotonic() >= deadline:
                    raise AssertionError(f"{selector}: {error}\n{self._doing()}") from None
            time.sleep(0.03)

    def sees(self, text: str, selector: str = "body") -> None:
        """Wait until a text is shown in some element."""
        script = "return [...document.querySelectorAll(arguments[0])].some(e => e.innerText.includes(arguments[1]))"
        self.waits(lambda: self.runs(script, selector, text), f"{text!r} in {selector}")

    def waits(self, condition: Callable[[], Any], what: str = "it") -> Any:
        """Wait until something holds."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (held := condition()):
            assert time.monotonic() < deadline, f"{what} never came:\n{self._doing()}"
            time.sleep(0.03)
        return held

    def _doing(self) -> str:
        """What is on the page, what its console has, and what the browser's processes do, and all servers."""
        page = self.runs("return `${location} ${navigator.onLine}\\n${document.body.innerText}`")
        field = self.runs("return `in the field: ${document.querySelector('#text')?.value}`")
        return "\n".join([page, field, *self.remarks(), doings(self._profile), doings(Path("twistchat"))])

    def says(self, text: str) -> None:
        """Write a line and send it."""
        self.types("#text", text + KEYS["enter"])

    def enters(self, url: str, name: str) -> None:
        """Open the page and come in."""
        self.goes_to(url)
        self.types("#name", name + KEYS["enter"])
        self.waits(lambda: self.runs("return !document.querySelector('#chat').hidden"), "the chat")
        self.waits(lambda: name in self.runs("return document.querySelector('#people').textContent"), "the people")

    def shows(self, *lines: str) -> None:
        """Wait until just this was said in the room that is shown."""
        self.waits(lambda: self.lines() == [*lines], f"{lines}")

    def lines(self) -> list[str]:
        """What was said in the room that is shown, without times."""
        script = """
            return [...document.querySelectorAll('#log li.said:not(.waiting)')].map(
                e => `${e.querySelector('.name').textContent} ${e.querySelector('.text').textContent}`)
        """
        return list(self.runs(script))

    def complaints(self) -> list[str]:
        """What the browser's console has of errors and violations."""
        return [text for level, text in self._console() if level == "SEVERE"]

    def remarks(self) -> list[str]:
        """All that the browser's console has."""
        return [text for _, text in self._console()]

    def _console(self) -> list[tuple[str, str]]:
        """What came to the console since this was last asked: how grave, and what."""
        entries = call(f"{self._url}/se/log", {"type": "browser"})
        return [(entry["level"], entry["message"]) for entry in entries]

    def shoots(self, path: Path) -> None:
        """Keep a picture of the page."""
        path.write_bytes(base64.b64decode(call(f"{self._url}/screenshot")))
