"""The machines whose compiled parts a bundle carries. Others run all but SSH and TLS."""

from __future__ import annotations

from typing import NamedTuple

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""From the oldest that the project runs under."""


class Platform(NamedTuple):
    """A row of the table: a processor with a C library."""

    name: str
    """As unpacking.platform_name() says of the machine."""
    tags: tuple[str, ...]
    """What wheels for it are called; the first is preferred (https://peps.python.org/pep-0600/)."""


PLATFORMS = (
    Platform("x86_64-linux-gnu", ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")),
    Platform("aarch64-linux-gnu", ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64")),
    Platform("arm64-darwin", ("macosx_11_0_arm64", "macosx_11_0_universal2", "macosx_10_12_universal2")),
)


class Target(NamedTuple):
    """One Python on one platform: what wheels are chosen for."""

    platform: Platform
    python: str
    """Its version, as in `3.11`."""

    @property
    def name(self) -> str:
        """As the command line has it."""
        return f"{self.platform.name}:{self.python}"

    @property
    def folder(self) -> str:
        """Where its own compiled parts are in the archive, as unpacking.parts() looks for them."""
        return f"{self.platform.name}/{self.python}"


TARGETS = tuple(Target(platform, python) for platform in PLATFORMS for python in PYTHONS)


def chosen(words: list[str]) -> list[Target]:
    """The targets that some words name, each a platform or a target; all of them where there are no words.

    Raises:
        ValueError: A word names none; the text is a sentence.
    """
    for word in words:
        if not any(word in (target.name, target.platform.name) for target in TARGETS):
            names = ", ".join(platform.name for platform in PLATFORMS)
            raise ValueError(f"--for {word}: there is {names}, each also with :{', :'.join(PYTHONS)}.")
    return [target for target in TARGETS if not words or {target.name, target.platform.name} & {*words}]
