"""The `twistchat` script, for people whose installer shows only a package's own scripts (pipx, uv)."""

from __future__ import annotations

import sys

from twistchat import __version__

USAGE = """usage: twistchat serve [OPTIONS]   run the server: `twistd -n twistchat [OPTIONS]`
       twistchat serve --help      its options
       twistchat --version         this program's version"""


def main() -> None:
    """Run the command that the first word names."""
    command, *words = sys.argv[1:] or ["--help"]
    if command == "serve":
        serve(words)
    elif command == "--version":
        print(f"twistchat {__version__}")
    elif command in ("--help", "-h", "help"):
        print(USAGE)
    else:
        sys.exit(f"twistchat: there is no command {command!r}; `twistchat --help` lists them.")


def serve(words: list[str]) -> None:
    """Run the server in the foreground, without a pid file, until it is stopped."""
    from twisted.scripts.twistd import run

    sys.argv = ["twistd", "--nodaemon", "--pidfile=", "twistchat", *words]
    run()
