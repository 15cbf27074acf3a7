"""The folders' order: imports only point up the list, and what must not be imported is not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from twistchat.interfaces.table import INTERFACES

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "twistchat"

LAYERS = [
    "errors",
    "status",
    "privileges",
    "foreground",
    "core",
    "wire",
    "languages",
    "zone",
    "adapters",
    "machine",
    "extras",
    "drafts",
    "localname",
    "reach",
    "qr",
    "greeting",
    "log",
    "terminal",
    "calls",
    "admin",
    "cluster",
    "interfaces",
    "succession",
    "client",
    "bundle",
    "bench",
]
"""Each may import itself and what stands before it; the modules that start the program may import all."""

NO_REACTOR = ["core", "wire", "log", "terminal", "cluster"]
TERMINAL_MAY_USE = {"__future__", "codecs", "collections", "itertools", "re", "typing", "unicodedata", "wcwidth"}
CORE_MAY_USE = {"precis_i18n", "wcwidth"}
CORE_MAY_USE_OF_TWISTED = {"twisted.internet.defer", "twisted.logger", "twisted.python.failure"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def layer(path: Path) -> str:
    """The folder or module right below the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> tuple[str, ...]:
    """The full names of all that a module imports, wherever in it; read once, as most tests here ask for all files'."""
    return _imports(path, path.stat().st_mtime_ns)


@cache
def _imports(path: Path, changed: int) -> tuple[str, ...]:
    return tuple(_each_import(path))


def _each_import(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are written in full"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def own(name: str) -> list[str]:
    """What is imported of this project, as its parts below the package; nothing for other packages."""
    parts = name.split(".")
    return parts[1:] if parts[0] == "twistchat" else []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_point_up_the_list(path: Path) -> None:
    if layer(path) not in LAYERS:
        return
    allowed = LAYERS[: LAYERS.index(layer(path)) + 1]
    wrong = [name for name in imports(path) if own(name) and own(name)[0] not in [*allowed, "__version__"]]
    assert not wrong


def module(path: Path) -> str:
    """The full name of a file's module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_by_name(path: Path) -> Iterator[str]:
    """What a module imports by a call of `import_module`, where the name is written there."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (name.value for name in node.args if isinstance(name, ast.Constant))


def a_circle(files: Iterable[Path]) -> list[str]:
    """Modules each of which imports the next, and the last of which is the first; nothing where there is no circle.

    Every import counts, also one in a function or for types only, and so do the packages that a module lies in.
    """
    modules = {module(path): path for path in files}
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        wanted = [*imports(path), *imports_by_name(path)]
        parts = [each.split(".") for each in wanted]
        prefixes = {".".join(each[:length]) for each in parts for length in range(1, len(each) + 1)}
        graph[name] = (prefixes & modules.keys()) - {name}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def test_the_map_of_the_code_has_every_part_of_it() -> None:
    words = set(re.findall(r"\w+", (ROOT / "docs" / "architecture.md").read_text("utf-8")))
    parts = {path.stem for folder in (PACKAGE, PACKAGE / "core") for path in folder.glob("*.py")}
    parts |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert parts - words - {"__init__", "__main__"} == set()


def test_no_files_import_each_other_in_a_circle() -> None:
    circle = a_circle(MODULES)
    assert not circle, " -> ".join(circle)


def test_no_two_classes_are_called_the_same() -> None:
    """One name for one thing: whoever reads of a Row or a Session should not have to ask which."""
    found: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


def test_the_core_imports_nothing_for_types_alone() -> None:
    """What is imported for its type is what one depends on: such an import hides a circle."""
    assert not [path for path in MODULES if layer(path) == "core" and "TYPE_CHECKING" in path.read_text("utf-8")]


@pytest.mark.parametrize(
    "back",
    [
        "import twistchat.one",
        "from twistchat import one",
        "def later():\n    from twistchat.one import x",
        "if TYPE_CHECKING:\n    from twistchat.one import X",
        "import_module('twistchat.one')",
        "importlib.import_module('twistchat.one').run()",
    ],
)
def test_a_circle_is_found_and_named_however_the_import_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back: str
) -> None:
    package = tmp_path / "twistchat"
    package.mkdir()
    for name, source in (("one", "import twistchat.two"), ("two", "import twistchat.three"), ("three", back)):
        (package / f"{name}.py").write_text(source)
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    circle = a_circle(package.glob("*.py"))
    assert circle[0] == circle[-1]
    assert set(circle) == {"twistchat.one", "twistchat.two", "twistchat.three"}
    (package / "three.py").write_text("import_module(name)")
    assert not a_circle(package.glob("*.py"))


TABLE = PACKAGE / "interfaces" / "table.py"
ROWS = {own(row.make_service.__module__)[1] for row in INTERFACES}
"""The file or package of each."""


def test_the_table_lists_the_interfaces() -> None:
    assert {"tcp", "udp"} <= ROWS


@pytest.mark.parametrize("path", sorted((PACKAGE / "interfaces").rglob("*.py")), ids=lambda path: path.name)
def test_interfaces_do_not_import_each_other(path: Path) -> None:
    itself = path.relative_to(PACKAGE / "interfaces").parts[0].removesuffix(".py")
    others = ROWS - {itself}
    if path != TABLE:
        assert not [name for name in imports(path) if own(name)[:1] == ["interfaces"] and own(name)[1] in others]


@pytest.mark.parametrize("folder", NO_REACTOR)
def test_nothing_below_the_interfaces_imports_the_reactor(folder: str) -> None:
    for path in (PACKAGE / folder).rglob("*.py"):
        assert not [name for name in imports(path) if name.startswith("twisted.internet.reactor")], path


def test_no_module_imports_the_reactor_when_it_is_imported() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text("utf-8"))
        assert not [
            node
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            and node.module == "twisted.internet"
            and "reactor" in [name.name for name in node.names]
        ], path


def test_the_core_uses_of_others_what_is_listed() -> None:
    for path in (PACKAGE / "core").rglob("*.py"):
        for name in imports(path):
            assert name != "json", path
            if name.startswith("twisted."):
                assert name.rpartition(".")[0] in CORE_MAY_USE_OF_TWISTED, (path, name)


PURE = ["core", "wire"]
"""What is given the same does the same there: everything of the machine's is handed in."""

OF_THE_MACHINE = {
    "asyncio",
    "fcntl",
    "gettext",
    "glob",
    "importlib",
    "io",
    "locale",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "select",
    "selectors",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "zoneinfo",
}
READS = {"open", "input", "print", "now", "today", "utcnow", "localtime"}
READS_UNLESS_TOLD = {"fromtimestamp": 2, "astimezone": 1, "formatdate": 1}
"""Calls that ask the machine for its clock or its zone where they have fewer arguments, or None."""


def of_the_machine(path: Path) -> list[str]:
    """What a file imports and calls that reads or writes outside the program."""
    calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
    imported = [name for name in imports(path) if name.split(".")[0] in OF_THE_MACHINE]
    return imported + [ast.unparse(call) for call in calls if _reads(call)]


def _reads(call: ast.Call) -> bool:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    told = [ast.unparse(value) for value in (*call.args, *(keyword.value for keyword in call.keywords))]
    return called in READS or len([value for value in told if value != "None"]) < READS_UNLESS_TOLD.get(called, 0)


@pytest.mark.parametrize("path", [path for folder in PURE for path in (PACKAGE / folder).rglob("*.py")], ids=str)
def test_core_and_wire_do_no_input_and_output_and_ask_for_neither_clock_nor_zone(path: Path) -> None:
    assert of_the_machine(path) == []


@pytest.mark.parametrize(
    "line",
    [
        "import gettext",
        "from os import path",
        "open(name)",
        "self.path.open()",
        "datetime.now(UTC)",
        "datetime.fromtimestamp(seconds)",
        "datetime.fromtimestamp(seconds, tz=None)",
        "when.astimezone()",
    ],
)
def test_what_reads_outside_the_program_is_seen(tmp_path: Path, line: str) -> None:
    path = tmp_path / "module.py"
    path.write_text(line)
    assert len(of_the_machine(path)) == 1


def test_what_has_all_that_it_needs_is_none_of_it(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("datetime.fromtimestamp(seconds, zone)\nwhen.astimezone(tz=UTC)\nimport ossified\nreopen()\n")
    assert of_the_machine(path) == []


def test_the_line_editor_knows_nothing_of_the_chat_and_of_transports() -> None:
    """So that every console can have it, and a test can type at it."""
    for path in (PACKAGE / "terminal").glob("*.py"):
        for name in imports(path):
            assert name.split(".")[0] in TERMINAL_MAY_USE or own(name)[:1] == ["terminal"], (path, name)


def test_twisteds_folders_have_no_init_so_that_they_join_twisteds_own() -> None:
    assert not (ROOT / "twisted" / "__init__.py").exists()
    assert not (ROOT / "twisted" / "plugins" / "__init__.py").exists()
    assert (ROOT / "twisted" / "plugins" / "twistchat_plugin.py").is_file()


MOST_LINES = 400
"""Of a file that has one job. The refusals are a list."""


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name != "errors.py"], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_a_file_of_one_job_is_not_longer_than_can_be_read_at_once(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES
