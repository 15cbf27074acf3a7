"""Real administrators: OpenSSH's `ssh` with keys of its own, in a pty or as a script, and a server for them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pexpect
import pytest
from support.patience import PATIENCE_SECONDS
from support.server import ANY, ANY_UDP, Server, only

SSH = shutil.which("ssh")
needs_ssh = pytest.mark.skipif(SSH is None, reason="OpenSSH's client is not installed (Debian: openssh-client)")

WITH_ADMIN = only("--tcp", ANY, "--udp", ANY_UDP, "--admin", ANY)


def make_key(folder: Path, kind: str = "ed25519", comment: str = "op") -> Path:
    """Make a key pair; its public half is beside it, with `.pub`."""
    path = folder / f"{comment}-{kind}"
    size = ["-b", "2048"] if kind == "rsa" else []  # the default takes half a minute on a busy machine
    words = ["ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-C", comment, "-f", str(path)]
    subprocess.run(words, check=True, timeout=PATIENCE_SECONDS)
    return path


def allow(folder: Path, *keys: Path) -> Path:
    """List keys in the state folder of a server that runs in a folder."""
    state = folder / "state"
    state.mkdir(mode=0o700, exist_ok=True)
    path = state / "authorized_keys"
    path.touch(mode=0o600)
    with path.open("ab") as file:
        for key in keys:
            file.write(key.with_name(f"{key.name}.pub").read_bytes())
    return path


class Administrator:
    """Somebody with a key."""

    def __init__(self, server: Server, key: Path | None) -> None:
        self.server = server
        self.key = key

    def words(self, *options: str) -> list[str]:
        """How `ssh` is called, up to the host."""
        identity = ["-i", str(self.key)] if self.key is not None else []
        port = str(self.server.port("admin"))
        fixed = ["StrictHostKeyChecking=yes", f"UserKnownHostsFile={self._known_hosts(port)}", "IdentityAgent=none"]
        more = ["IdentitiesOnly=yes", *([] if identity else ["IdentityFile=none"])]
        settings = [word for setting in (*fixed, *more) for word in ("-o", setting)]
        return [SSH or "ssh", "-F", "none", "-p", port, *settings, *identity, *options, "anybody@127.0.0.1"]

    def _known_hosts(self, port: str) -> Path:
        """The server's key, as somebody would have it who compared the fingerprint."""
        key = (self.server.folder / "state" / "ssh_host_ed25519_key.pub").read_text()
        path = self.server.folder / "known_hosts"
        written = path.with_suffix(".new")
        written.write_text(f"[127.0.0.1]:{port} {key}")
        return written.replace(path)  # whole at any moment, as another ssh may be reading it

    def runs(self, command: str, *options: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a verb, and wait for its end."""
        words = [*self.words(*options), command]
        return subprocess.run(
            words, input=stdin, capture_output=True, encoding="utf-8", timeout=2 * PATIENCE_SECONDS, check=False
        )

    def begins(self, command: str, *options: str) -> subprocess.Popen[str]:
        """Run a verb that goes on."""
        return subprocess.Popen([*self.words(*options), command], stdout=subprocess.PIPE, text=True, bufsize=1)

    def sits_down(self, columns: int = 80, *options: str) -> pexpect.spawn[str]:
        """Log in at a terminal, and wait for the prompt."""
        program, *words = self.words(*options)
        screen = pexpect.spawn(
            program,
            words,
            encoding="utf-8",
            timeout=PATIENCE_SECONDS,
            dimensions=(24, columns),
            env={**os.environ, "TERM": "xterm"},
        )
        return screen
