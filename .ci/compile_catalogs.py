"""Compile the catalogs when a wheel is built, an editable one too: *.po is kept, *.mo is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogHook(BuildHookInterface):
    """Hatch's hook for wheels; see [tool.hatch.build.targets.wheel.hooks.custom] in pyproject.toml."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile each catalog beside its source, and have the wheel take it although git ignores it."""
        from babel.messages import mofile, pofile  # there once the build's requirements are

        for source in Path(self.root).glob("twistchat/locale/*/LC_MESSAGES/*.po"):
            compiled = source.with_suffix(".mo")
            with source.open("rb") as po, compiled.open("wb") as mo:
                mofile.write_mo(mo, pofile.read_po(po))
            build_data["artifacts"].append(compiled.relative_to(self.root).as_posix())
