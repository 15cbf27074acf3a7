"""Fetches the wheels of the pinned versions, by pip, unless they are there already and have the right hash."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from twistchat.bundle.pins import Pin, normal, pins
from twistchat.bundle.refusals import CannotBundle
from twistchat.bundle.targets import Target


class Wheel:
    """A wheel that was fetched for a target."""

    def __init__(self, path: Path, target: Target) -> None:
        self.path = path
        self.target = target
        name, self.version, *_, self._abi, platform = path.name.removesuffix(".whl").split("-")
        self.project = normal(name)
        self.is_for_all = platform == "any"

    @property
    def folder(self) -> str:
        """Where its compiled parts go in the archive: those of the stable ABI suit every Python from 3.11 on."""
        return f"{self.target.platform.name}/all" if self._abi == "abi3" else self.target.folder


def fetch(targets: Sequence[Target], folder: Path) -> Iterator[Wheel]:
    """All wheels: for the first target those of every pin, for the others those that are not the same everywhere.

    Args:
        targets: For whom.
        folder: Where they are kept; without any network if they are all there already.

    Raises:
        CannotBundle: One cannot be had.
    """
    wanted = pins()
    for target in targets:
        kept = folder / target.name.replace(":", "-")
        wheels = _present(wanted, kept, target)
        if len(wheels) < len(wanted):
            _download(wanted, kept, target)
            wheels = _present(wanted, kept, target)
        lacking = {pin.name for pin in wanted} - {wheel.project for wheel in wheels}
        if lacking:
            raise CannotBundle(f"for {target.name} there is no wheel of {', '.join(sorted(lacking))}.")
        yield from wheels
        compiled = {wheel.project for wheel in wheels if not wheel.is_for_all}
        wanted = [pin for pin in wanted if pin.name in compiled]


def _present(wanted: Sequence[Pin], folder: Path, target: Target) -> list[Wheel]:
    """What is there of a target, with a hash that it may have."""
    hashes = {(pin.name, pin.version): pin.hashes for pin in wanted}
    wheels = [Wheel(path, target) for path in sorted(folder.glob("*.whl"))]
    right = [each for each in wheels if _digest(each.path) in hashes.get((each.project, each.version), ())]
    return list({each.project: each for each in right}.values())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _download(wanted: Sequence[Pin], folder: Path, target: Target) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / "versions.txt"
    listed.write_text("\n".join(pin.text for pin in wanted) + "\n", "utf-8")
    platforms = [word for tag in target.platform.tags for word in ("--platform", tag)]
    command = [
        *(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", "download"),
        *("--no-deps", "--require-hashes", "--only-binary=:all:", "--python-version", target.python, *platforms),
        *("--dest", str(folder), "--requirement", str(listed)),
    ]
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode:
        said = [line.strip() for line in ended.stderr.splitlines() if line.startswith(("ERROR", "/"))]
        raise CannotBundle(f"pip cannot fetch what {target.name} takes: {said[0] if said else 'no reason said'}")
