"""Bring the catalogs in twistchat/locale up to date with the source; then translate what is empty in them."""

from __future__ import annotations

from support import catalogs

if __name__ == "__main__":
    catalogs.update()
    for path in catalogs.paths():
        for problem in catalogs.problems(path):
            print(f"{path.relative_to(catalogs.ROOT)}: {problem}")
