"""How many examples properties are given: as many as find what they are for, or ten times that where it is asked for.

`pytest --hypothesis-profile=long --timeout=0 tests/test_interfaces_tcp.py` is how to ask for it, see docs/testing.md.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings

ORDINARY = 100
"""Hypothesis's own number, which profiles multiply by theirs."""


def examples(count: int, **more: Any) -> settings:
    """Settings of a property.

    Args:
        count: How many examples it has in the suite.
        more: Other settings.
    """
    return settings(max_examples=count * settings.default.max_examples // ORDINARY, **more)
