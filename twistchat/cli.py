"""The `twistchat` script: the server, for people whose installer shows only a package's own scripts, and its tools."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from twistchat import __version__
from twistchat.foreground import serve as serve_one
from twistchat.status import INTERRUPTED, OK, WRONG_USE
from twistchat.succession.handed import stand_in
from twistchat.succession.mandate import mandate_of
from twistchat.succession.refusing import telling_why_not


class Subcommand(NamedTuple):
    """One word that may stand behind `twistchat`."""

    name: str
    explanation: str
    run: Callable[[Sequence[str]], int]
    """Called with the words behind it; gives the exit status."""


def serve(words: Sequence[str]) -> int:
    """Run the server, or several."""
    if any(word.partition("=")[0] == "--processes" for word in words):
        from twistchat.processes.cli import serve as serve_several

        return serve_several(words)
    mandate = mandate_of(os.environ)
    if mandate is None:
        return serve_one(words)
    stand_in(mandate.sockets, mandate.socket_names, os.environ)
    with telling_why_not():
        return serve_one(words, mandate.logfile)


def bench(words: Sequence[str]) -> int:
    """Measure a server."""
    from twistchat.bench.cli import main

    return main(words)


def export(words: Sequence[str]) -> int:
    """Write the log's lines."""
    from twistchat.transfer.cli import export

    return export(words)


def import_(words: Sequence[str]) -> int:
    """Store lines."""
    from twistchat.transfer.cli import import_

    return import_(words)


def join(words: Sequence[str]) -> int:
    """Join a chat."""
    from twistchat.client.app import join

    return join(words)


def client_script(words: Sequence[str]) -> int:
    """Print a client."""
    from twistchat.client.app import print_script

    return print_script(words)


def doctor(words: Sequence[str]) -> int:
    """Say what is wrong."""
    from twistchat.doctor.cli import main

    return main(words)


def drain(words: Sequence[str]) -> int:
    """Empty a server."""
    from twistchat.drain import drain

    return drain(words)


def restart(words: Sequence[str]) -> int:
    """Have a server hand over to a new process."""
    from twistchat.restart import restart

    return restart(words)


def bundle(words: Sequence[str]) -> int:
    """Write all into one file."""
    from twistchat.bundle.cli import main

    return main(words)


# What one runs is imported when it is run: each has much that the others do without.
SUBCOMMANDS = (
    Subcommand("serve", "run the server: `twistd -n twistchat`, with the same options; --processes N runs N", serve),
    Subcommand("join", "join a chat, at a terminal or from a script", join),
    Subcommand("client-script", "print a one-file client that needs nothing but Python", client_script),
    Subcommand("export", "write the stored lines as JSON, text, HTML or CSV, also while the server runs", export),
    Subcommand("import", "store lines of an export or of a transcript, also while the server runs", import_),
    Subcommand("doctor", "say what keeps a server from running as you want, and what to type", doctor),
    Subcommand("restart", "have a server hand over to a new process, as after an upgrade; nobody is dropped", restart),
    Subcommand("drain", "have a server take nobody new, and stop it once the others have gone", drain),
    Subcommand("bundle", "write all of this into one file, for machines without network", bundle),
    Subcommand("bench", "measure how fast a server is, alone or against others", bench),
)


def usage() -> str:
    """What the script can do."""
    rows = "\n".join(f"  {each.name:15}{each.explanation}" for each in SUBCOMMANDS)
    return f"usage: twistchat COMMAND [OPTIONS]\n\n{rows}\n\n`twistchat COMMAND --help` explains one; --version."


def main() -> None:
    """Run the command that the first word names, and exit with its status."""
    try:
        try:
            _run()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # whoever read this has enough, as `head` has after ten lines
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains of it at exit
        sys.exit(OK)
    except KeyboardInterrupt:  # Ctrl-C, where a command has nothing of its own for it
        sys.exit(INTERRUPTED)


def _run() -> None:
    command, *words = sys.argv[1:] or ["--help"]
    for each in SUBCOMMANDS:
        if each.name == command:
            sys.exit(each.run(words))
    if command == "--version":
        print(f"twistchat {__version__}")
    elif command in ("--help", "-h", "help"):
        print(usage())
    else:
        print(f"twistchat: there is no command {command!r}; `twistchat --help` lists them.", file=sys.stderr)
        sys.exit(WRONG_USE)
