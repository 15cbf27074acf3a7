"""The sentences of the source, and the catalogs: how they are brought together and what may be wrong with them.

A sentence counts as one that people read where it is
- the `sentence` of a refusal's class,
- the second argument of `notice`, the first of `_say` or `Phrase`, or the last but one of `remark`,
- the second argument of `_say_of`, whose first one is its context: what tells it from the same sentence elsewhere;
  and that of `_say_in`, which is translated for the lobby, and for other rooms in the context `room`,
- a command's usage or explanation,
- what the page says by itself (`interfaces/web/page/words.json`), in a context of its own.
The value may be a text, a choice of two, or a name that stands for one of those in the same file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import NamedTuple

from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog, Message

from twistchat.interfaces.web import words
from twistchat.interfaces.web.site import PAGE

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "twistchat" / "locale"
UPDATE = "python tests/update_catalogs.py"

HEADER = r"""# {code} for twistchat; docs/languages.md says how this file is kept.
msgid ""
msgstr ""
"Project-Id-Version: twistchat\n"
"Language: {code}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=1; plural=0;\n"

"""

# Name of what is called, and the places of its arguments that people read.
_CALLS = {
    "notice": (1,),
    "_say": (0,),
    "_say_of": (1,),
    "_say_in": (1,),
    "remark": (-2,),
    "Phrase": (0,),
    "command": (0, 1),
}

# Where one of these gets a name for nothing in its file, it hands on what another file says.
_HAND_ON = {"Phrase", "remark"}

# What only operators read, in English.
_NOT_FOR_PEOPLE = ("twistchat/admin/", "twistchat/bench/", "twistchat/interfaces/ssh/")


class Msgid(NamedTuple):
    """A sentence of the source."""

    text: str
    context: str | None
    where: str


class NotASentence(Exception):
    """A sentence that cannot be found by reading the source; it would come to people untranslated."""


def msgids() -> list[Msgid]:
    """All sentences of the source, what stands between a list's items, and what for the commands' other names.

    Raises:
        NotASentence: One is made at run time.
    """
    found = [Msgid(", ", "list", "twistchat/wire/language.py")]
    for path in sorted((ROOT / "twistchat").rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        if not where.startswith(_NOT_FOR_PEOPLE):
            found += [Msgid(text, context, where) for text, context in in_source(path.read_text("utf-8"), where)]
    where = (PAGE / "words.json").relative_to(ROOT).as_posix()
    found += [Msgid(text, words.CONTEXT, where) for text in words.sentences(PAGE).values()]
    return list({(each.text, each.context): each for each in reversed(found)}.values())[::-1]


def in_source(source: str, where: str) -> Iterator[tuple[str, str | None]]:
    """The sentences of one file, and their contexts.

    Raises:
        NotASentence: One is made at run time.
    """
    module = ast.parse(source)
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            values = (each.value for each in node.keywords if each.arg == "sentence")
            yield from ((text, None) for value in values for text in _texts(value, module, where))
        elif isinstance(node, ast.Call):
            yield from _in_call(node, module, where)


def _in_call(node: ast.Call, module: ast.Module, where: str) -> Iterator[tuple[str, str | None]]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for place in _CALLS.get(called, ()):
        value = node.args[place]
        if called in _HAND_ON and isinstance(value, ast.Name | ast.Attribute) and not _assigned(value, module):
            continue
        for text in _texts(value, module, where):
            yield from ((text, context) for context in _contexts(called, node))
            if called == "command" and place == 0:
                yield text.split()[0].removeprefix("/"), "command"


def _contexts(called: str, node: ast.Call) -> list[str | None]:
    match called:
        case "_say_of":
            return [ast.literal_eval(node.args[0])]
        case "_say_in":
            return [None, "room"]
    return [None]


def _texts(value: ast.expr, module: ast.Module, where: str) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(text)):
            if _has_words(text):
                yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body, module, where)
            yield from _texts(orelse, module, where)
        case ast.Call(func=ast.Name(id="Phrase")):
            pass  # found by itself
        case ast.Name() if assigned := _assigned(value, module):
            for each in assigned:
                yield from _texts(each, module, where)
        case _:
            raise NotASentence(f"{where}:{value.lineno}: {ast.unparse(value)} is not a text")


def _assigned(value: ast.expr, module: ast.Module) -> list[ast.expr]:
    """All that a name stands for somewhere in its file."""
    name = ast.unparse(value)
    assignments = (node for node in ast.walk(module) if isinstance(node, ast.Assign))
    return [each.value for each in assignments if [ast.unparse(target) for target in each.targets] == [name]]


def _has_words(text: str) -> bool:
    """Whether there is anything to translate beside what is put in."""
    return any(character.isalpha() for literal, *_ in Formatter().parse(text) for character in literal)


def paths() -> list[Path]:
    """The catalogs' sources."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/twistchat.po"))


def read(path: Path) -> Catalog:
    """A catalog as it is stored."""
    with path.open("rb") as file:
        return pofile.read_po(file, locale=path.parent.parent.name, domain="twistchat")


def template() -> Catalog:
    """A catalog of the source's sentences, without translations."""
    catalog = Catalog(project="twistchat", charset="utf-8", fuzzy=False)
    for each in msgids():
        catalog.add(each.text, context=each.context, locations=[(each.where, 0)])
    return catalog


def update() -> None:
    """Bring every catalog up to date with the source: new sentences come in empty, obsolete ones go; and compile it."""
    source = template()
    for path in paths():
        catalog = read(path)
        catalog.update(source, no_fuzzy_matching=True, update_creation_date=False)
        write(path, catalog)
        compile_one(path)


def write(path: Path, catalog: Catalog) -> None:
    """Store a catalog, with a header that says no more than gettext has to know."""
    entries = BytesIO()
    pofile.write_po(entries, catalog, width=120, omit_header=True, ignore_obsolete=True, include_lineno=False)
    path.write_bytes(HEADER.format(code=path.parent.parent.name).encode() + entries.getvalue())


def compile_all() -> None:
    """Compile the catalogs that have changed since, as an editable install did it only once."""
    for path in paths():
        compiled = path.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < path.stat().st_mtime:
            compile_one(path)


def compile_one(path: Path) -> None:
    """Compile a catalog as the wheel's build does; whoever reads it meanwhile sees the old one or the new one."""
    new = path.with_suffix(".mo.new")
    with new.open("wb") as file:
        mofile.write_mo(file, read(path))
    new.replace(path.with_suffix(".mo"))


def problems(path: Path) -> list[str]:
    """What is wrong with a catalog, a line each."""
    catalog = read(path)
    wanted = {(each.text, each.context) for each in msgids()}
    there = {(message.id, message.context) for message in catalog if message.id}
    found = [f"missing: {text!r}" for text, _ in sorted(wanted - there, key=str)]
    found += [f"obsolete: {text!r}" for text, _ in sorted(there - wanted, key=str)]
    found += [f"obsolete: {message.id!r}" for message in catalog.obsolete.values()]
    for message in catalog:
        if message.id and (problem := _problem(message)):
            found.append(f"{problem}: {message.id!r} {message.string!r}")
    return found


def _problem(message: Message) -> str:
    if message.fuzzy:
        return "fuzzy"
    if not message.string:
        return "" if message.context == "command" else "not translated"
    try:
        named = _placeholders(str(message.id)) ^ _placeholders(str(message.string))
        differs = named - {(str(message.context), "")}  # what the context is of may be named
    except ValueError as error:
        return f"braces that do not match ({error})"
    return "other placeholders" if differs else ""


def _placeholders(text: str) -> set[tuple[str, str]]:
    """The names and their formats; a language may quote as it does itself, in place of `!r`."""
    return {(name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name is not None}
