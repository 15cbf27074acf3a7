"""Change the product a little, many times, and see whether its unit tests notice: a mutation test.

    python tests/mutate.py twistchat/core --sample 300
    python tests/mutate.py twistchat/core/bans.py twistchat/core/names.py --seed 7

First the unit tests that own a folder run once, unchanged, to learn which test runs which line. Then each sampled
change (`support/mutants.py` says which there are) runs in a process of its own, forked from this one: the changed
module is compiled from memory in place of its file, and the tests that run the changed line decide, likely ones first,
up to the first that fails. What no test notices is printed with its file, its line and the change.

No file of the project is written. What a test starts as another process is not changed.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.util
import itertools
import json
import os
import random
import resource
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType
from typing import NamedTuple

# Once, as every fork needs them; nothing of the product, and nothing that installs a reactor.
import coverage
import hypothesis
import precis_i18n.factory  # noqa: F401
import pytest
import twisted.internet.task  # noqa: F401
import wcwidth  # noqa: F401
from support import catalogs, mutants

ROOT = Path(__file__).parents[1]

OWNERS = {
    "twistchat/core": ("tests/test_core_*.py", "tests/test_errors.py"),
    "twistchat/wire": ("tests/test_wire_*.py", "tests/test_languages.py"),
    "twistchat/log": ("tests/test_log_*.py", "tests/test_transfer.py"),
}
"""The unit tests of each folder; what others would notice does not count."""

MOST_MEMORY = 4 << 30
"""Bytes that a changed program may take, in case that it does not end."""

MOST_SECONDS = 60.0
"""What the tests that are to notice one change may take together, unchanged: enough for nearly all that there are."""

SECONDS = 20
"""What a run may take beside three times what its tests took unchanged."""

KILLED, SURVIVED = "killed   ", "survived "
"""How lines of the output begin."""

AT_IMPORT = frozenset({""})
"""What coverage calls the test of a line that is run outside of all."""

UNNOTICED = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
"""How a run ends that no test failed."""

hypothesis.settings.register_profile(
    "mutants",
    deadline=None,
    database=None,
    derandomize=True,
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
)


class Reach(NamedTuple):
    """What the unchanged tests of a folder do."""

    seconds: dict[str, float]
    """Of each test."""
    runs: dict[str, dict[int, set[str]]]
    """By file and line, the tests that run it; beside them `AT_IMPORT`, or it alone."""

    def tests_of(self, path: Path, span: range) -> list[str]:
        """The tests that run one of those lines; all of them for what is run at import, used wherever it may be.

        First come those of files that are named like the module, then of those that run the most of it.
        """
        lines = self.runs.get(str(path), {})
        chosen = set().union(*(lines.get(line, AT_IMPORT) for line in span))
        runs = Counter(file for tests in lines.values() for file in {*map(_file, tests - AT_IMPORT)})
        if chosen & AT_IMPORT:
            chosen = set(self.seconds)
        cost: dict[str, float] = defaultdict(float)
        for test in chosen:
            cost[_file(test)] += self.seconds[test]

        def rank(test: str) -> tuple[object, ...]:
            file = _file(test)
            return path.stem not in file, -runs[file], cost[file], file, self.seconds[test]

        ranked = sorted(chosen, key=rank)
        spent = itertools.accumulate(self.seconds[test] for test in ranked)
        return ranked[: max(1, sum(so_far < MOST_SECONDS for so_far in spent))]


class Chosen:
    """Runs some tests of those that pytest has collected, in a given order."""

    def __init__(self, tests: Iterable[str]) -> None:
        self._places = {test: place for place, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self._places]
        items.sort(key=lambda item: self._places[item.nodeid])


class Timed:
    """Notes how long each test took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a module from memory in place of its file."""

    def __init__(self, path: Path, code: CodeType) -> None:
        self._path = path
        self._name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        self._code = code

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Whatever is not this module is found as ever."""
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed module."""
        exec(self._code, vars(module))


def _file(test: str) -> str:
    return test.partition("::")[0]


def _pytest(files: Iterable[str], *options: str, plugin: object) -> int:
    """Run test files in this process; the status is pytest's."""
    quiet = ("-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=mutants")
    known = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # this process has imported plugins already
    return pytest.main([*quiet, *known, *options, *files], plugins=[plugin])


def in_a_fork(work: Callable[[], int], seconds: float, output: str = os.devnull) -> int:
    """Do something in a process of its own, which imports the product anew: this one has had to import some of it.

    Args:
        work: It; returns a status.
        seconds: It may take.
        output: Where it writes.

    Returns:
        Its exit status; below 0 if a signal ended it, as where it took longer than so many seconds.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = os.EX_SOFTWARE
    try:
        signal.alarm(int(seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        for name in [name for name in sys.modules if name.partition(".")[0] in ("twistchat", "support")]:
            del sys.modules[name]
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for descriptor in (1, 2):
            os.dup2(os.open(output, os.O_WRONLY | os.O_APPEND), descriptor)
        status = int(work())
    finally:
        os._exit(status)


def reach(folder: str) -> Reach:
    """Run the tests of a folder, unchanged.

    Raises:
        SystemExit: One fails.
    """
    files = [str(path.relative_to(ROOT)) for pattern in OWNERS[folder] for path in sorted(ROOT.glob(pattern))]
    with tempfile.TemporaryDirectory() as place:
        times, data = Path(place, "times"), Path(place, "coverage")

        def run() -> int:
            timed = Timed()
            os.environ["COVERAGE_FILE"] = str(data)
            status = _pytest(files, f"--cov={folder}", "--cov-context=test", "--cov-report=", plugin=timed)
            times.write_text(json.dumps(timed.seconds))
            return status

        if status := in_a_fork(run, 600, "/dev/stderr"):
            raise SystemExit(f"the tests of {folder} fail as they are (pytest's status {status})")
        return Reach(json.loads(times.read_text()), _runs(coverage.CoverageData(str(data))))


def _runs(data: coverage.CoverageData) -> dict[str, dict[int, set[str]]]:
    data.read()
    found = {}
    for path in data.measured_files():
        contexts = data.contexts_by_lineno(path)
        found[path] = {line: {name.rpartition("|")[0] for name in names} for line, names in contexts.items()}
    return found


class Found(NamedTuple):
    """A change, and where it is to be made."""

    path: Path
    tree: ast.Module
    change: mutants.Change

    @property
    def shown(self) -> str:
        """Its file, its line, and what is changed."""
        return f"{self.path.relative_to(ROOT)}:{self.change.line}: {self.change.what}"


def is_noticed(found: Found, reach: Reach) -> bool:
    """Whether a test fails, or does not end, once a change is made."""
    path, tree, change = found
    tests = reach.tests_of(path, change.span)
    files = list(dict.fromkeys(map(_file, tests)))

    def run() -> int:
        change.make()
        sys.meta_path.insert(0, Changed(path, compile(tree, str(path), "exec")))
        return _pytest(files, plugin=Chosen(tests))

    return in_a_fork(run, SECONDS + 3 * sum(reach.seconds[test] for test in tests)) not in UNNOTICED


def _folder(path: Path) -> str:
    for folder in OWNERS:
        if path.is_relative_to(ROOT / folder):
            return folder
    raise SystemExit(f"{path}: no unit tests are listed for it")


def _found(paths: Iterable[Path]) -> list[Found]:
    sentences = {msgid.text for msgid in catalogs.msgids()}
    found: list[Found] = []
    for path in paths:
        tree = ast.parse(path.read_text("utf-8"))
        found += [Found(path, tree, change) for change in mutants.changes(tree, sentences)]
    return found


def _sampled(found: list[Found], options: argparse.Namespace) -> list[Found]:
    if options.again:
        survived = {line.removeprefix(SURVIVED) for line in options.again.read_text("utf-8").splitlines()}
        return [each for each in found if each.shown in survived]
    if options.sample is None or options.sample >= len(found):
        return found
    places = sorted(random.Random(options.seed).sample(range(len(found)), options.sample))
    return [found[place] for place in places]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path, help="files, or folders of files")
    parser.add_argument("--sample", type=int, metavar="N", help="so many changes of all (default: every one)")
    parser.add_argument("--seed", type=int, default=0, help="which ones (default: 0)")
    parser.add_argument("--again", type=Path, metavar="FILE", help="only what survived by FILE, an earlier output")
    parser.add_argument("--verbose", action="store_true", help="print what is noticed as well")
    return parser.parse_args()


def main() -> None:
    """Make the changes that were asked for, and print what came of them."""
    options = _options()
    os.chdir(ROOT)
    given = [path.resolve() for path in options.paths]
    paths = [file for path in given for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    reached = {folder: reach(folder) for folder in sorted({_folder(path) for path in paths})}
    figures: dict[str, list[bool]] = defaultdict(list)
    for each in _sampled(_found(paths), options):
        folder = _folder(each.path)
        noticed = is_noticed(each, reached[folder])
        figures[folder].append(noticed)
        if options.verbose or not noticed:
            print(f"{KILLED if noticed else SURVIVED}{each.shown}", flush=True)
    for folder, results in figures.items():
        print(f"{folder}: {sum(results)} of {len(results)} killed, {100 * sum(results) / len(results):.1f} %")


if __name__ == "__main__":
    main()
