"""Small changes of a module's source, each of which some test of its behaviour should notice.

Rule 1: a change is one of those that `_changes_of` lists, at one place of the syntax tree.
Rule 2: nothing is changed that no behaviour of the module hangs on: docstrings, annotations, texts for the operator's
    log, `__repr__`, assertions, names given to `TypeVar` and the like, how a dataclass is laid out, how much a cache
    keeps, and sentences that stand in the catalogs (`test_locale` holds those).
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

_OPPOSITE: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.FloorDiv: (ast.Mult,),
    ast.Div: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Break: (ast.Continue,),
    ast.Continue: (ast.Break,),
}

_TYPING = {"TypeVar", "ParamSpec", "NewType", "cast"}
_LAYOUT = {"dataclass"}


class Change(NamedTuple):
    """One change, not yet made."""

    line: int
    span: range
    """The lines of its statement, or of a compound statement's head: whoever runs the change runs one of them."""
    what: str
    """The change in words of the source, as `a < b => a <= b`."""
    parent: ast.AST
    field: str
    index: int | None
    """Where the field is a list, the place in it."""
    new: ast.AST

    def make(self) -> None:
        """Change the tree that this was found in."""
        if self.index is None:
            setattr(self.parent, self.field, self.new)
        else:
            getattr(self.parent, self.field)[self.index] = self.new


def changes(tree: ast.Module, sentences: Collection[str] = ()) -> list[Change]:
    """All changes of a module, in the order of its source.

    Args:
        tree: What is to be changed; each change is made in it by `Change.make`.
        sentences: Texts that are left alone wherever they stand.
    """
    found = [change for change in _within(tree) if _text_of(change) not in sentences]
    return sorted(found, key=lambda change: change.line)


def _head(statement: ast.stmt) -> range:
    """The lines of a statement without those of its body."""
    first = min(node.lineno for node in (statement, *getattr(statement, "decorator_list", ())))
    body = getattr(statement, "body", None) or getattr(statement, "cases", None)
    if not body:
        return range(first, (statement.end_lineno or first) + 1)
    after = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
    return range(first, max(after.lineno, statement.lineno + 1))


def _text_of(change: Change) -> str | None:
    old = _old(change.parent, change.field, change.index)
    return old.value if isinstance(old, ast.Constant) and isinstance(old.value, str) else None


def _old(parent: ast.AST, field: str, index: int | None) -> Any:
    value = getattr(parent, field)
    return value if index is None else value[index]


def _within(parent: ast.AST, around: range = range(0)) -> Iterator[Change]:
    for field, value in ast.iter_fields(parent):
        places = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, old in places:
            if not isinstance(old, ast.AST) or _is_left_alone(parent, field, old):
                continue
            span = _head(old) if isinstance(old, ast.stmt) else around
            for new in _changes_of(old, parent):
                ast.copy_location(new, old)
                ast.fix_missing_locations(new)
                yield Change(getattr(old, "lineno", 0), span, _shown(old, new), parent, field, index, new)
            yield from _within(old, span)


def _is_left_alone(parent: ast.AST, field: str, old: ast.AST) -> bool:
    match old:
        case ast.FunctionDef(name="__repr__") | ast.Assert() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(value=ast.Constant()):  # a docstring, or the `...` of a Protocol
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="log"))):
            return True
        case ast.Call(func=ast.Name(id=name)) if name in _TYPING | _LAYOUT:
            return True
        case ast.Assign(targets=[ast.Name(id="__slots__")]) | ast.keyword(arg="maxsize"):
            return True
    return field in {"annotation", "returns"} or (field == "bases" and isinstance(parent, ast.ClassDef))


def _changes_of(old: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    match old:
        case ast.Compare(ops=[op], left=left, comparators=right):
            yield from (ast.Compare(left, [new()], right) for new in _OPPOSITE[type(op)])
        case ast.BoolOp(op, values):
            yield from (ast.BoolOp(new(), values) for new in _OPPOSITE[type(op)])
        case ast.BinOp(left, op, right) if type(op) in _OPPOSITE and not _is_format(left):
            yield from (ast.BinOp(left, new(), right) for new in _OPPOSITE[type(op)])
        case ast.AugAssign(target, op, value):
            yield from (ast.AugAssign(target, new(), value) for new in _OPPOSITE.get(type(op), ()))
            yield ast.Pass()
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Constant(value) if not _is_compared(parent):
            yield from (ast.Constant(new) for new in _other_values(value))
        case ast.Return(value=value) if value is not None and not _is_nothing(value):
            yield ast.Return(ast.Constant(None))
        case ast.Break() | ast.Continue():
            yield from (new() for new in _OPPOSITE[type(old)])
        case ast.Expr() | ast.Raise() | ast.Delete():
            yield ast.Pass()
        case (
            ast.Assign(targets=[ast.Attribute() | ast.Subscript()])
            | ast.AnnAssign(target=ast.Attribute() | ast.Subscript(), value=ast.expr())
        ):
            yield ast.Pass()
    if isinstance(old, ast.Name | ast.Attribute | ast.Call) and old is getattr(parent, "test", None):
        yield ast.UnaryOp(ast.Not(), copy.copy(old))


def _is_format(left: ast.expr) -> bool:
    return isinstance(left, ast.Constant) and isinstance(left.value, str | bytes)


def _is_nothing(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _is_compared(parent: ast.AST) -> bool:
    """Whether a constant stands beside `is`, where the comparison's opposite says all."""
    return isinstance(parent, ast.Compare) and isinstance(parent.ops[0], ast.Is | ast.IsNot)


def _other_values(value: object) -> tuple[object, ...]:
    match value:
        case bool():
            return (not value,)
        case None:
            return (True,)
        case int() | float():
            return (value + 1, value - 1)
        case str():
            return (f"XX{value}XX",)
        case bytes():
            return (b"XX" + value + b"XX",)
    return ()


def _shown(old: ast.AST, new: ast.AST) -> str:
    return f"{_short(old)} => {'nothing' if isinstance(new, ast.Pass) else _short(new)}"


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else text[:87] + "..."
