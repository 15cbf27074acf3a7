"""Other functions of a library's module for one module of ours, while the rest of the process keeps the real ones.

`monkeypatch.setattr(time, "sleep", ...)` replaces it for every thread: the watchdog of all tests once slept by a test's
own two sleeps, and the test failed.
"""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


def stand_in(patch: pytest.MonkeyPatch, module: ModuleType, library: str, **functions: Any) -> None:
    """Let a module of ours call these in place of the library's, until the patch is undone.

    Args:
        patch: What undoes it.
        module: Of ours; it has the library by its own name, as `import time` gives it.
        library: That name.
        functions: By their names there.
    """
    real = getattr(module, library)
    assert functions.keys() <= vars(real).keys()
    patch.setattr(module, library, SimpleNamespace(**{**vars(real), **functions}))
