"""No test takes a function of the standard library's away from the threads that are not its own."""

from __future__ import annotations

import ast
import time
from pathlib import Path
from types import ModuleType

import pytest
from support.standin import stand_in

TESTS = Path(__file__).parent

EVERYBODYS = ("os", "select", "threading", "time")
"""What the threads that run beside a test call: the watchdog of all tests, a log's readers, a reactor's."""


def patched(tree: ast.AST) -> list[str]:
    """Where `setattr` is given one of those modules, by itself or as another module's, or a name in it."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr":
            target = ast.unparse(node.args[0]).strip("'\"")
            is_whole = len(node.args) > 2 and target.rpartition(".")[2] in EVERYBODYS
            if is_whole or target.partition(".")[0] in EVERYBODYS:
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


def test_none_is_replaced_for_the_whole_process() -> None:
    files = {file.name: patched(ast.parse(file.read_text())) for file in TESTS.rglob("*.py")}
    assert {name: lines for name, lines in files.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    ["m.setattr(time, 'sleep', f)", "m.setattr(ours.os, 'write', f)", "m.setattr('os.write', f)"],
)
def test_each_way_to_do_that_is_seen(line: str) -> None:
    assert patched(ast.parse(line)) == [f"line 1: {line}"]


def test_one_module_sees_another_function_and_nobody_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = ModuleType("ours")
    ours.time = time  # type: ignore[attr-defined]
    slept: list[float] = []
    stand_in(monkeypatch, ours, "time", sleep=slept.append)
    ours.time.sleep(7.0)
    assert slept == [7.0]
    assert ours.time.monotonic is time.monotonic
    assert ours.time.sleep != time.sleep
    with pytest.raises(AssertionError):
        stand_in(monkeypatch, ours, "time", nap=slept.append)
