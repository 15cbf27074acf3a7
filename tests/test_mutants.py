"""The changes that a mutation test makes: which there are, and what is left alone."""

from __future__ import annotations

import ast

import pytest
from support.mutants import changes


def changed(source: str, *sentences: str) -> list[str]:
    return [change.what for change in changes(ast.parse(source), sentences)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["a < b => nothing", "a < b => a <= b", "a < b => a >= b"]),
        ("x = a and not b", ["a and (not b) => a or not b", "not b => b"]),
        ("x = 3", ["3 => 4", "3 => 2"]),
        ("x = True", ["True => False"]),
        ("x = a is None", ["a is None => a is not None"]),
        ("x = 'word'", ["'word' => 'XXwordXX'"]),
        ("x = a - b", ["a - b => a + b"]),
        ("del a", ["del a => nothing"]),
        ("a.b = c", ["a.b = c => nothing"]),
        ("if a: pass", ["a => not a"]),
        ("while a < b: break", ["a < b => a <= b", "a < b => a >= b", "break => continue"]),
        ("def f(a=None): return a", ["None => True", "return a => return None"]),
    ],
)
def test_what_is_changed(source: str, expected: list[str]) -> None:
    assert changed(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""A text about the module."""',
        "def f(a: 'int') -> 'str': ...",
        "class A:\n    def __repr__(self): return 'A'",
        "x = log.info('text', reason=1)",
        "assert a == 1",
        "T = TypeVar('T')",
        "x = lru_cache(maxsize=16)",
        "@dataclass(frozen=True)\nclass A: ...",
    ],
)
def test_what_no_behaviour_hangs_on_is_left_alone(source: str) -> None:
    assert changed(source) == []


def test_sentences_of_the_catalogs_are_left_alone() -> None:
    assert changed("f('code', 'Words.')", "Words.") == ["f('code', 'Words.') => nothing", "'code' => 'XXcodeXX'"]


def test_a_change_is_made_in_its_tree_and_nowhere_else() -> None:
    tree = ast.parse("x = [1, 2]")
    changes(tree)[2].make()
    assert ast.unparse(tree) == "x = [1, 3]"


def test_a_change_belongs_to_the_lines_of_its_statement_and_of_the_head_alone_where_there_is_a_body() -> None:
    tree = ast.parse("x = f(\n    1\n)\nif (\n    a\n    < b\n):\n    pass\n")
    spans = {change.what: (change.span.start, change.span.stop) for change in changes(tree)}
    assert spans["1 => 2"] == (1, 4)
    assert spans["a < b => a <= b"] == (4, 8)
