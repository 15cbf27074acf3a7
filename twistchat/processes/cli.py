"""`twistchat serve --processes N`: which servers, and how each is told what it is."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from twisted.python import usage

from twistchat.cluster.joining import node_name
from twistchat.drafts import put_in_place
from twistchat.errors import CannotStart
from twistchat.extras import Extra, is_here
from twistchat.interfaces.table import INTERFACES
from twistchat.log.lockfile import holder
from twistchat.options import Options, prepared_state_dir
from twistchat.processes.redis import redis, socket_folder
from twistchat.processes.restarting import FOLDER
from twistchat.processes.supervisor import Child, Supervisor
from twistchat.status import FAILED, WRONG_USE

MOST = 64
"""Processes; more than one a core is of no use."""

TLS_SECRETS = ("tls_key.pem", "tls_certificate.pem")
SSH_SECRETS = ("ssh_host_ed25519_key",)
"""What all servers have to have alike, as a client comes to any of them."""


def taken_out(words: Sequence[str]) -> tuple[int, list[str]]:
    """How many processes are wanted, and the other words.

    Raises:
        ValueError: That is no number of processes; the text says so.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--processes", nargs="?", const="")
    given, others = parser.parse_known_args(words)
    cores = len(os.sched_getaffinity(0))
    count = str(cores) if given.processes == "auto" else given.processes
    if not (count.isascii() and count.isdecimal() and 1 <= int(count) <= MOST):
        raise ValueError(f"--processes {count}: give a number from 1 to {MOST}, or auto for one a core ({cores} here).")
    return int(count), others


def serve(words: Sequence[str], command: Sequence[str] | None = None) -> int:
    """Run some servers until a signal says to stop.

    Args:
        words: `--processes N`, and the options of each.
        command: The program; the one that runs unless given.

    Returns:
        The exit status.
    """
    options = Options()
    try:
        count, words = taken_out(words)
        usage.Options.parseOptions(options, list(words))
        folder = prepared_state_dir(Path(options["state-dir"])).absolute()
        with socket_folder(folder / FOLDER / "redis") as at:
            program = command or as_typed()
            restart = [*program, "restart", "--state-dir", str(folder)]
            return Supervisor(children_of(count, words, options, folder, at, program), restart=restart).run()
    except (usage.UsageError, ValueError) as error:
        print(f"twistchat: {error}", file=sys.stderr)
        return WRONG_USE
    except CannotStart as error:
        print(f"twistchat: {error}", file=sys.stderr)
        return FAILED


def as_typed() -> list[str]:
    """What runs this program once more, whether it is installed, a module, or one file."""
    script = Path(sys.argv[0])
    return [sys.executable, *(["-m", "twistchat"] if script.name == "__main__.py" else [str(script)])]


def children_of(
    count: int, words: Sequence[str], options: Options, folder: Path, at: Path, command: Sequence[str]
) -> list[Child]:
    """Redis, where no other is named, and the servers.

    Args:
        count: Of servers.
        words: Options of each.
        options: The same, read.
        folder: The state folder.
        at: Where the socket of Redis is.
        command: The program.

    Raises:
        CannotStart: They could not run.
    """
    own_redis: list[Child] = []
    more: list[str] = []
    (folder / FOLDER).mkdir(0o700, exist_ok=True)
    if options["cluster"] == "off":
        child, endpoint = redis(folder / FOLDER / "redis", at, options["durability"] == "power")
        own_redis.append(child)
        more = ["--cluster", endpoint]
    node = node_name(options["node"])[:36]
    wants_tls = any(options[f"{row.name}-tls"] == "auto" for row in INTERFACES if f"{row.name}-tls" in options)
    wants_ssh = options["ssh"] != "off" and is_here(Extra.SSH)
    secrets = (*(TLS_SECRETS if wants_tls else ()), *(SSH_SECRETS if wants_ssh else ()))
    all_words = [*words, *more]
    return [*own_redis, *(_server(n, folder, all_words, node, command, secrets) for n in range(1, count + 1))]


def _server(
    number: int, folder: Path, words: list[str], node: str, command: Sequence[str], secrets: Sequence[str]
) -> Child:
    """One server: the first has the state folder itself, with the log that was there, the keys and the admin port."""
    own = folder if number == 1 else folder / FOLDER / str(number)
    said = [*command, "serve", *words, "--share-port", "--node", f"{node}-{number}", "--state-dir", str(own)]
    if number == 1:
        return Child("1", said, is_labelled=False, is_essential=True, is_ready=partial(_has_secrets, folder, secrets))
    own.mkdir(0o700, parents=True, exist_ok=True)
    return Child(str(number), [*said, "--admin", "off"], before=partial(_share_secrets, folder, own, secrets))


def _has_secrets(folder: Path, secrets: Sequence[str], child: Child) -> bool:
    """Whether the first server has got as far as having all that others need alike."""
    is_up = child.process is not None and holder(folder / "lock") == child.process.pid
    return is_up and all((folder / name).exists() for name in secrets)


def _share_secrets(first: Path, own: Path, secrets: Sequence[str]) -> None:
    for name in secrets:
        if (first / name).exists():
            put_in_place(own / name, (first / name).read_bytes())
