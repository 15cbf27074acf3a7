"""What `twistd twistchat` can be told: on the command line, or by the same names in a TOML file."""

from __future__ import annotations

import difflib
import os
import pwd
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from twisted.python import usage

from twistchat import __version__, operatorlog, pidfile, twistdfolders
from twistchat.core.limits import Limits, option_name, parse_count, parse_limits, parse_span, written_default
from twistchat.core.place import checked_name
from twistchat.errors import CannotStart, NoSuchLanguage
from twistchat.interfaces.table import INTERFACES, Option
from twistchat.languages import ROWS as LANGUAGES
from twistchat.languages import loaded
from twistchat.log.sqlite import SYNCHRONOUS
from twistchat.log.upkeep import Keep
from twistchat.optionhelp import HelpSection, Setting, page
from twistchat.privileges import User, user_of
from twistchat.statefolder import STATE_DIR
from twistchat.status import WRONG_USE

LOGS = ("sqlite", "memory")
LEAST_CLAIMS_KEEP = 7 * 86400.0
"""Seconds: who has a name and a holiday should find it again."""

CLAIMS = ("on", "operator", "off")

TWISTDS = ("uid", "gid", "euid", "umask", "rundir", "pidfile", "logfile", "nodaemon", "reactor", "syslog", "logger")
"""Options of twistd that people put behind `twistchat`."""


def _extras() -> list[Option]:
    return [option for each in INTERFACES for option in each.options]


def _ways_in() -> list[HelpSection]:
    return [
        HelpSection(
            each.title or each.explanation,
            each.example or f"--{each.name} {each.default}",
            [
                Setting(each.name, each.default, each.explanation),
                *(Setting(option.name, option.default, option.explanation) for option in each.options),
            ],
        )
        for each in INTERFACES
    ]


def _opened() -> str:
    return " ".join(f"--{each.name} {each.open}" for each in INTERFACES if each.open)


def _limits() -> list[Setting]:
    rows = []
    for limit in fields(Limits):
        off = "; or off" if limit.metadata["can_be_off"] else ""
        rows.append(Setting(option_name(limit), written_default(limit), limit.metadata["help"] + off))
    return rows


_KEPT = (
    Setting("state-dir", STATE_DIR, "folder for what is kept between runs"),
    Setting("log", "sqlite", "where lines are kept: sqlite, a file in that folder; or memory, until the server stops"),
    Setting("durability", "normal", "what a stored line survives: normal, the process's death; power, the machine's"),
    Setting("keep", "off", "how long lines are kept, such as 90d; off keeps everything"),
    Setting("keep-lines", "off", "how many lines are kept; off keeps everything"),
    Setting("claims", "on", "who makes names their own: on, everybody; operator, administrators for them; off, nobody"),
    Setting("claims-keep", "180d", "how long such a name is kept while its owner does not come; off keeps it for good"),
)
_CALLS = (
    Setting("calls-to", None, "addresses and networks that may be called although they are this machine's: 127.0.0.1"),
    Setting("calls-ca", None, "file of certificates (PEM) by which to believe those who are called, in place of all"),
)
_SEVERAL = (
    Setting(
        "cluster",
        "off",
        "the Redis that several servers have their common log in: tcp:HOST:PORT, tls:HOST:PORT, unix:PATH, "
        "or sentinel:NAME:HOST:PORT,...; see docs/cluster.md",
    ),
    Setting("cluster-read", "off", "where to read that log instead, such as a replica"),
    Setting("cluster-secret", None, "file whose first line is that Redis's PASSWORD, or USER PASSWORD"),
    Setting("node", None, "what the others call this server; the machine's name unless given"),
    Setting("lease", "5s", "how long a server may be silent before its people are said to be gone"),
)
_AROUND = (
    Setting("name", None, 'what this server is called, such as "Room 12"; at most 48 bytes'),
    Setting("language", "en", f"language of notices: {', '.join(each.code for each in LANGUAGES)}"),
    Setting("config", None, "TOML file with these options by the same names; the command line wins"),
)

_OPEN = Setting(
    "open",
    "off",
    "let in whoever is on one of this machine's own private networks, and nobody else; in place of "
    f"{_opened()}, where these are not given",
)
_CONSOLE = Setting("console", "off", "announce to everyone each line that is typed at the server itself")

_SHARE = Setting("share-port", "off", "let other servers on this machine have the same ports, which share them alike")

FLAGS = (_OPEN, _CONSOLE, _SHARE)
"""Options without a value; `on` or `off`, in a TOML file also true or false."""

SUBJECTS = (
    HelpSection("For a class, a ship, a LAN", '--open --name "Room 12"', (_OPEN,), is_flag=True),
    *_ways_in(),
    HelpSection("What is kept", "--state-dir chat --keep 90d", _KEPT),
    HelpSection("Calls to other programs", "--calls-to 127.0.0.1", _CALLS),
    HelpSection("Several servers, one chat", "--cluster tcp:127.0.0.1:6379", _SEVERAL),
    HelpSection("Name, language and configuration", '--name "Room 12" --language zh_CN', _AROUND),
    HelpSection("Several on one machine, by twistchat serve --processes", "--share-port", (_SHARE,), is_flag=True),
    HelpSection("The terminal that it runs at", "--console", (_CONSOLE,), is_flag=True),
    HelpSection("Limits, for everybody", "--flood 4/20 --per-private-address 500", _limits()),
)
"""All options, as the help shows them."""

ROWS = [row for subject in SUBJECTS if not subject.is_flag for row in subject.rows]


class Options(usage.Options):
    """The command line of `twistd twistchat`.

    What is wrong with it is one sentence on stderr and a non-zero exit: twistd itself would print the whole help and
    exit with 0.
    """

    optParameters = [row.parameter for row in ROWS]
    optFlags = [[row.name, None, row.explanation] for row in FLAGS]

    words: Sequence[str] = ()
    """As they were typed behind `twistchat`."""

    folder = Path()
    """Where they were typed, as paths among them are to be read."""

    near_only: frozenset[str] = frozenset()
    """Interfaces that `--open` has opened, by which only who is near may come in."""

    def parseOptions(self, options: Any = None) -> None:
        """Read the words behind `twistchat`."""
        self.words, self.folder = [*(options or ())], Path.cwd()
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            print(f"twistchat: {_with_nearest(str(error))}", file=sys.stderr)
            sys.exit(WRONG_USE)

    def opt_version(self) -> None:
        """Show the version and exit."""
        print(f"twistchat {__version__}")
        sys.exit(0)

    def __str__(self) -> str:
        """The help."""
        return page(SUBJECTS)

    def parseArgs(self, *words: str) -> None:
        """Refuse words that are no options."""
        if words:
            raise usage.UsageError(f"{words[0]!r} is no option; all of them begin with --. See --help.")

    def postOptions(self) -> None:
        """Read the configuration file, check everything, and take over the operator's log."""
        for row in FLAGS:
            self[row.name] = "on" if self[row.name] else None
        self._typed = {name: value for name, value in self.items() if value is not None}
        if "config" in self._typed:
            self._typed["config"] = str(Path(self._typed["config"]).absolute())  # a daemon may change its folder
        self.read_config()
        try:
            self.limits()
            self.keep()
            self.claims_keep()
            self._check_name()
        except ValueError as error:
            raise usage.UsageError(str(error)) from None
        self._check_language()
        for name, choices in (("log", LOGS), ("durability", SYNCHRONOUS), ("claims", CLAIMS)):
            if self[name] not in choices:
                raise usage.UsageError(f"--{name} {self[name]}: there is {', '.join(choices)}.")
        for row in FLAGS:
            if self[row.name] not in ("on", "off"):
                raise usage.UsageError(f"--{row.name} {self[row.name]}: it is on or off.")
        for option in _extras():
            if option.words and self[option.name] not in option.words:
                raise usage.UsageError(f"--{option.name} {self[option.name]}: it is {' or '.join(option.words)}.")
        if self.parent is not None:
            twistdfolders.check(self.parent)
            pidfile.arrange(self.parent, sys.argv[1:])
        if self.parent is not None and not self.parent.get("logger") and not self.parent.get("syslog"):
            self._take_over_log(self.parent)

    def _check_name(self) -> None:
        try:
            self["name"] = None if self["name"] is None else checked_name(self["name"])
        except ValueError as error:
            raise ValueError(f"--name: {error}") from None

    def _check_language(self) -> None:
        languages = loaded()
        try:
            languages.found(self["language"])
        except NoSuchLanguage:
            raise usage.UsageError(f"--language {self['language']}: there is {', '.join(languages.codes)}.") from None

    def _take_over_log(self, twistd: usage.Options) -> None:
        logfile = twistd.get("logfile")
        if "nodaemon" in twistd and not (twistd["nodaemon"] or twistd["debug"]):
            if logfile == "-":
                raise usage.UsageError("a daemon cannot log to standard output; give twistd --logfile FILE, or -n.")
            logfile = logfile or "twistd.log"  # as twistd has it
        operatorlog.write_to(logfile, _future_user(twistd))
        twistd["logger"] = f"{operatorlog.__name__}.{operatorlog.opened.__name__}"

    def read_config(self) -> None:
        """Read the TOML file again; what the command line says still wins.

        Raises:
            usage.UsageError: The file cannot be read or understood.
        """
        path = self._typed.get("config")
        rows = [*ROWS, *FLAGS]
        known = [row.name for row in rows if row.name != "config"]
        given = {**({} if path is None else read_toml(Path(path), known)), **self._typed}
        self.update({**{row.name: row.default for row in rows}, **given})
        self.near_only = frozenset(
            each.name for each in INTERFACES if each.open and self["open"] == "on" and each.name not in given
        )
        self.update({each.name: each.open for each in INTERFACES if each.name in self.near_only})

    def keep(self) -> Keep:
        """How much the log keeps.

        Raises:
            ValueError: It cannot be read; the text names the option.
        """
        values: list[Any] = []
        for name, parse in (("keep", parse_span), ("keep-lines", parse_count)):
            try:
                values.append(None if self[name] == "off" else parse(self[name]))
            except ValueError as error:
                raise ValueError(f"--{name}: {error}") from None
        return Keep(*values)

    def claims_keep(self) -> float | None:
        """How long a claimed name is kept while its owner does not come, in seconds; None for good.

        Raises:
            ValueError: It cannot be read; the text names the option.
        """
        if self["claims-keep"] == "off":
            return None
        try:
            seconds = parse_span(self["claims-keep"])
        except ValueError as error:
            raise ValueError(f"--claims-keep: {error}") from None
        if seconds < LEAST_CLAIMS_KEEP:
            raise ValueError(
                f"--claims-keep {self['claims-keep']}: a week, 7d, is the least; off keeps names for good."
            )
        return seconds

    def limits(self) -> Limits:
        """The limits as they are set now.

        Raises:
            ValueError: One of them cannot be read; the text names it.
        """
        return parse_limits({name.replace("-", "_"): str(value) for name, value in self.items() if value is not None})


def _future_user(twistd: usage.Options) -> User | None:
    try:
        return user_of(twistd)
    except CannotStart as error:
        raise usage.UsageError(str(error)) from None


def _with_nearest(problem: str) -> str:
    """Add the nearest option to a complaint about one that there is not."""
    unknown = re.fullmatch(r"option --(\S+) not recognized", problem)
    if unknown is None:
        return problem
    if unknown[1] in TWISTDS:
        return f"--{unknown[1]} is an option of twistd: write it before the word `twistchat`."
    return f"there is no option --{unknown[1]}{_nearest(unknown[1], [row.name for row in ROWS])}."


def _nearest(word: str, known: list[str]) -> str:
    found = difflib.get_close_matches(word, known, 1)
    return f"; the nearest is {found[0]}" if found else "; --help lists them"


def read_toml(path: Path, known: list[str]) -> Mapping[str, str]:
    """Read a configuration file: a flat table of option names.

    Raises:
        usage.UsageError: It cannot be read, or has a name that is no option.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise usage.UsageError(f"--config {path}: {error.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise usage.UsageError(f"--config {path}: this is no TOML: {error}.") from None
    values = {name.replace("_", "-"): value for name, value in table.items()}
    for row in FLAGS:
        if isinstance(values.get(row.name), bool):
            values[row.name] = "on" if values[row.name] else "off"
    for name, value in values.items():
        if name not in known:
            raise usage.UsageError(f"--config {path}: there is no option {name}{_nearest(name, known)}.")
        if isinstance(value, bool | dict | list):
            raise usage.UsageError(f"--config {path}: {name} wants a text or a number.")
    return {name: str(value) for name, value in values.items()}


def prepared_state_dir(path: Path) -> Path:
    """Make the folder for what is kept between runs, readable by its owner alone; one that exists stays as it is.

    Raises:
        CannotStart: It cannot be written to, or what is in it is somebody else's.
    """
    try:
        if not os.path.lexists(path):
            path.mkdir(parents=True)
            path.chmod(0o700)
    except OSError as error:
        raise CannotStart(f"--state-dir {path}: {error.strerror}. Give a folder that can be written.") from error
    check_state_dir(path)
    return path


def check_state_dir(path: Path) -> None:
    """Make sure, as far as that is known without making anything, that a folder can be used.

    Raises:
        CannotStart: It exists, and cannot be written to, or what is in it is somebody else's.
    """
    if not os.path.lexists(path):
        return
    if not path.is_dir():
        raise CannotStart(f"--state-dir {path}: this is no folder. Give a folder that can be written.")
    if not os.access(path, os.W_OK | os.X_OK, effective_ids=True):
        raise CannotStart(f"--state-dir {path}: it cannot be written to. Give a folder that can.")
    _check_owner(path)


def _check_owner(path: Path) -> None:
    """Root would leave files among somebody's that their own server could not open; others could open none of them."""
    for file in (path / name for name in ("log.db", "lock", "audit.jsonl")):
        owner = file.stat().st_uid if file.exists() else os.geteuid()
        if owner != os.geteuid():
            raise CannotStart(
                f"--state-dir {path}: {file.name} in it belongs to {_user(owner)}. Start the server as that user, "
                "or as root with twistd's --uid; or give another folder."
            )


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
