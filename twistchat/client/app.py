"""`twistchat join`: reads its words, chooses how to show the conversation, and runs until it is over."""

from __future__ import annotations

import argparse
import os
import platform
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twistchat.adapters import own_addresses
from twistchat.client import plain_run
from twistchat.client.address import Address, parse_address
from twistchat.client.conversation import Conversation
from twistchat.client.known_keys import KnownKeys
from twistchat.client.memory import known_keys_file, last_address, last_name, remember, state_file
from twistchat.client.proving import Proving
from twistchat.client.search import Sought, search
from twistchat.client.surroundings import can_move_cursor, make_usable
from twistchat.client.whereto import Guide, Nowhere
from twistchat.core.claimcodes import read_code
from twistchat.core.names import LOBBY
from twistchat.errors import NoSuchLanguage, Phrase
from twistchat.extras import Extra, is_here
from twistchat.languages import loaded, terminals_language
from twistchat.status import FAILED, OK, WRONG_USE
from twistchat.wire.language import ENGLISH, Language
from twistchat.zone import MachineZone

EPILOG = """\
ADDRESS is tcp://HOST:7976, udp://HOST:8888 or tls://HOST:7976; a bare HOST is tcp. Without one it is where you were the
last time, or a server that is found on this machine's networks. At a terminal you talk; without one,
or with --plain, lines go in and come out: `make 2>&1 | twistchat join --plain --nick build --room ci` says each line
and leaves at the end of its input once the server has everything. Exit status: 0 all was said, 1 something was not (no
connection, a name or a line refused), 2 wrong use, 130 Ctrl-C."""


CODE_VARIABLE = "TWISTCHAT_CODE"
"""Of the environment: the code of one's name. No option has it, as others see a process's words."""

MOST_CODE_BYTES = 1000
"""Of a file with a code."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        "twistchat join", epilog=EPILOG, description="Join a chat from a terminal or script."
    )
    made.add_argument(
        "address", nargs="?", help="where to join, NAME@HOST with a name [default: where you were, else what is found]"
    )
    made.add_argument("--find", action="store_true", help="look for servers, also where you were in one before")
    made.add_argument("--nick", default="", metavar="NAME", help="your name [default: the one of the last time]")
    made.add_argument(
        "--code", type=Path, metavar="FILE", help=f"where the code of your own name stands; or in {CODE_VARIABLE}"
    )
    made.add_argument("--room", default=LOBBY, help="the room to be in [default: %(default)s]")
    made.add_argument(
        "--plain", action="store_true", help="lines in, lines out, no escape codes; for screen readers too"
    )
    made.add_argument("--json", action="store_true", help="as --plain, but what comes out are JSON objects")
    made.add_argument("--bell", action="store_true", help="at a terminal: ring when you are named or written to")
    made.add_argument("--stay", action="store_true", help="with piped input: go on listening at its end")
    made.add_argument("--commands", action="store_true", help="with piped input: lines that begin with / are commands")
    made.add_argument("--paste", action="store_true", help="with piped input: say many lines as few long messages")
    made.add_argument(
        "--past", type=_lines, metavar="N", help="lines of the past to begin with, 0 for none [default: the server's]"
    )
    made.add_argument("--language", default="", metavar="CODE", help="language [default: the terminal's]")
    made.add_argument("--ca", type=Path, metavar="FILE", help="with tls: trust these certificates (PEM)")
    return made


def _lines(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of lines")
    return int(text)


def join(words: Sequence[str]) -> int:
    """Run `twistchat join`.

    Returns:
        The exit status.
    """
    arguments = parser().parse_args(words)
    make_usable(sys.stdin, sys.stdout, sys.stderr)
    languages = loaded(MachineZone())
    try:
        given = None if arguments.address is None else parse_address(arguments.address)
        ca = None if arguments.ca is None else arguments.ca.read_bytes()
        wanted = arguments.language
        language = languages.found(wanted) if wanted else terminals_language(os.environ, languages)
        code = _code(arguments.code)
    except NoSuchLanguage as error:
        print("twistchat:", ENGLISH.say(error.sentence, error.data), file=sys.stderr)
        return WRONG_USE
    except NoCode as error:
        sentence = Phrase("{place} has no code of a name: 16 digits, or the 8 that /link shows.")
        print("twistchat:", language.say(sentence, {"place": str(error)}), file=sys.stderr)
        return WRONG_USE
    except (ValueError, OSError) as error:
        print(f"twistchat: {error}", file=sys.stderr)
        return WRONG_USE
    name = arguments.nick or (given.name if given is not None else "") or last_name(state_file())
    if not name and not sys.stdin.isatty():
        print("twistchat:", language.say(Phrase("give a name with --nick NAME."), {}), file=sys.stderr)
        return WRONG_USE
    try:
        address = given or _led(language, None if arguments.find else last_address(state_file()))
    except Nowhere as nowhere:
        return nowhere.status
    if address.kind == "tls" and not is_here(Extra.TLS):
        sentence = Phrase(
            "This machine has no TLS: pyOpenSSL is not installed, or not for its processor ({processor})."
        )
        print("twistchat:", language.say(sentence, {"processor": platform.machine()}), file=sys.stderr)
        return FAILED
    proving = Proving(secrets.token_urlsafe(16), KnownKeys(known_keys_file(), address), code)
    conversation = Conversation(name, proving, language.code, arguments.room, arguments.past)
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty() and not (arguments.plain or arguments.json)
    run = _terminal(language) if at_terminal else plain_run.run
    status = run(conversation, address, language, arguments, ca)
    if conversation.was_in:
        remember(state_file(), conversation.name, address)
    return status


class NoCode(Exception):
    """What should be a code is none; the text says where it was to be."""


def _code(file: Path | None) -> str | None:
    """The code of one's name, for who cannot type it; None where none is given.

    Raises:
        NoCode: What is given is none.
        OSError: The file cannot be read.
    """
    if file is not None:
        with file.open("rb") as opened:
            text, place = opened.read(MOST_CODE_BYTES).decode("utf-8", "replace"), str(file)
    elif CODE_VARIABLE in os.environ:
        text, place = os.environ[CODE_VARIABLE], CODE_VARIABLE
    else:
        return None
    if (code := read_code(text.strip())) is None:
        raise NoCode(place)
    return code


def _led(language: Language, last: Address | None) -> Address:
    """Where somebody goes who has given no address; questions and what is said go to stderr, as pipes read the rest."""

    def out(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    def ask(prompt: str) -> str:
        print(prompt, end="", file=sys.stderr, flush=True)
        return input()

    def looked() -> Sought:
        return search(each.at for each in own_addresses() if each.is_up)

    return Guide(language, looked, ask if sys.stdin.isatty() else None, out).leads(last)


def _terminal(language: Language) -> Callable[..., int]:
    """What runs at a terminal; plain lines where more is not to be had, and it is said why."""
    if not can_move_cursor(os.environ):
        term = os.environ.get("TERM") or "TERM"
        sentence = Phrase("This terminal ({term}) cannot move its cursor, so this is the plain client.")
        print("twistchat:", language.say(sentence, {"term": term}), file=sys.stderr)
        return plain_run.run
    try:
        import prompt_toolkit  # noqa: F401
    except ImportError:
        sentence = Phrase(
            "prompt-toolkit is not installed, so this is the plain client. "
            "`{python} -m pip install prompt-toolkit` brings the full one."
        )
        print("twistchat:", language.say(sentence, {"python": sys.executable}), file=sys.stderr)
        return plain_run.run
    from twistchat.client.terminal import run

    return run


def print_script(words: Sequence[str]) -> int:
    """Run `twistchat client-script udp|tcp`: print a client that needs nothing but Python."""
    made = argparse.ArgumentParser(
        "twistchat client-script",
        description="Print a one-file client that needs nothing but Python: twistchat client-script udp > chat.py",
    )
    made.add_argument("kind", choices=["tcp", "udp"])
    arguments: Any = made.parse_args(words)
    source = Path(__file__).parent / "scripts" / f"{arguments.kind}.py"
    sys.stdout.write(source.read_text("utf-8"))
    return OK
