"""The ways by which servers can reach their Redis, with what each takes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from twistchat.bench.ports import free_port
from twistchat.bench.refusals import CannotMeasure

Way = tuple[list[str], dict[str, str], list[str]]
"""Redis's options, where it is, and the servers' options."""


def _plain(_folder: Path) -> Way:
    return [], {}, []


def _unix(folder: Path) -> Way:
    place = str(folder / "socket")
    return ["--unixsocket", place], {"unix": place}, []


def _password(folder: Path) -> Way:
    secret = folder / "secret"
    secret.write_text("chat a-long-one\n")
    user = "chat on >a-long-one ~{tc}:* &{tc}:* +@all -@dangerous +info +role +config|get"
    return (
        ["--user", *user.split(), "--user", "default", "on", "nopass", "~*", "&*", "+@all"],
        {},
        [f"--cluster-secret={secret}"],
    )


def _tls(folder: Path) -> Way:
    roots = folder / "roots"
    roots.mkdir()
    key, certificate = folder / "key.pem", roots / "cert.pem"
    made = subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
            ),
            *("-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
        ],
        check=False,
        capture_output=True,
    )
    if made.returncode:
        raise CannotMeasure(f"openssl makes no certificate: {made.stderr.decode(errors='replace')}")
    port = str(free_port())
    options = ["--tls-port", port, "--tls-cert-file", str(certificate), "--tls-key-file", str(key)]
    return (
        [*options, "--tls-auth-clients", "no"],
        {"port": port, "form": f"tls:localhost:{{port}}:trustRoots={roots}"},
        [],
    )


WAYS: dict[str, Callable[[Path], Way]] = {
    "tcp": _plain,
    "unix": _unix,
    "tls": _tls,
    "password": _password,
    "replica": _plain,
    "sentinel": _plain,
}
"""How servers reach their Redis: its options, where it is, and theirs."""
