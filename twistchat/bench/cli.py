"""The command line of `twistchat bench`."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from twistchat.bench import biglog, cluster, codes, crash, machine, report, restart, soak
from twistchat.bench.dialects import Dialect
from twistchat.bench.refusals import CannotMeasure, NotOurs
from twistchat.bench.report import Result
from twistchat.bench.servers import PEERS, Server
from twistchat.bench.stage import Case, Run, Settings, Stage
from twistchat.bench.table import RUNS
from twistchat.core.addresses import is_loopback
from twistchat.errors import ChatError


class Tool(NamedTuple):
    """A measurement with options of its own."""

    name: str
    explanation: str
    main: Callable[[Sequence[str]], int]


TOOLS = (
    Tool("crash", "kill a server again and again, and look for lines that were seen and are not stored", crash.main),
    Tool("cluster", "kill servers of several, or their Redis; is what anybody saw in every copy?", cluster.main),
    Tool("log", "fill a log with millions of lines; time storing, catching up and searching", biglog.main),
    Tool("codes", "try wrong codes for claimed names from many addresses; does one get in, do the owners?", codes.main),
    Tool("restart", "restart a server again and again while mixed people talk; does anybody notice?", restart.main),
    Tool("soak", "let mixed people come, talk and leave for a while; is anything of them left behind?", soak.main),
)


class Variant(NamedTuple):
    """A row of the table of what twistchat is compared with itself as: the same but for some settings."""

    name: str
    explanation: str
    interface: str | None = None
    options: Sequence[str] = ()


VARIANTS = (
    Variant("memory", "twistchat with --log memory", options=("--log=memory",)),
    Variant("tcp", "twistchat by TCP, for --interface web or ssh", interface="tcp"),
)


def _parser() -> argparse.ArgumentParser:
    runs = "\n".join(f"  {run.name:10}{run.explanation}" for run in RUNS)
    tools = "\n".join(f"  {tool.name:10}{tool.explanation}" for tool in TOOLS)
    peers = "\n".join(f"  {peer.name:10}{peer.explanation}" for peer in (*PEERS, *VARIANTS))
    parser = argparse.ArgumentParser(
        prog="twistchat bench",
        description="Measure a chat server: a fresh twistchat, unless --server names one that runs.",
        epilog=f"runs:\n{runs}\n\nwith options of their own, see --help behind them:\n{tools}\n\n"
        f"peers for --against:\n{peers}\n\nWords behind -- go to the fresh twistchat.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="*", metavar="RUN", help="what to measure; everything if none is named")
    peer = [each.name for each in (*PEERS, *VARIANTS)]
    parser.add_argument("--against", action="append", choices=peer, default=[], help="the same work for a peer, too")
    parser.add_argument(
        "--before", type=_checkout, metavar="FOLDER", help="the same work for the twistchat of another checkout, too"
    )
    parser.add_argument("--case", default="", metavar="WORDS", help="only cases with these words in their title")
    parser.add_argument(
        "--interface",
        choices=("tcp", "web", "irc", "ssh"),
        default="tcp",
        help="what a fresh twistchat is spoken to by [default: tcp]",
    )
    parser.add_argument("--repeat", type=_count, default=1, metavar="N", help="measure N times and show medians")
    parser.add_argument("--seconds", type=float, default=3.0, metavar="S", help="how long a case talks [default: 3]")
    parser.add_argument(
        "--server", type=_address, metavar="HOST:PORT", help="a twistchat with --flood off that runs already"
    )
    parser.add_argument("--pid", type=_count, metavar="PID", help="its process, if it is on this machine, for its CPU")
    parser.add_argument("--json", metavar="FILE", help="write every figure there; - for standard output")
    parser.add_argument(
        "--yes-this-server-is-mine", action="store_true", help="aim at a --server that is not on this machine"
    )
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _checkout(text: str) -> Path:
    folder = Path(text).resolve()
    if not (folder / "twistchat" / "__init__.py").is_file():
        raise argparse.ArgumentTypeError(f"{text!r} is not a folder with a checkout of twistchat")
    return folder


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def main(words: Sequence[str]) -> int:
    """Measure what the words ask for, and print it.

    Returns:
        The exit status: 0 if everything was measured, 1 if something could not be.
    """
    for tool in TOOLS:
        if tool.name in words[:1]:
            return tool.main(words[1:])
    words, options = _split(words)
    arguments = _parser().parse_args(words)
    try:
        runs = _chosen(arguments.runs)
        running = _running(arguments.server, arguments.pid, arguments.yes_this_server_is_mine)
    except ChatError as error:
        print(f"twistchat bench: {error}", file=sys.stderr)
        return 2
    settings = Settings(arguments.seconds, None, running, arguments.interface, options)
    bench = Bench(settings, arguments.against, arguments.repeat, arguments.case, arguments.before)
    about = machine.description()
    for run in runs:
        bench.measure(run)
        if arguments.json != "-":
            print(report.table(run, bench.results), end="\n\n", flush=True)
    if arguments.json is not None:
        text = report.as_json(about, arguments.seconds, bench.results)
        print(text) if arguments.json == "-" else Path(arguments.json).write_text(text + "\n", "utf-8")
    return 1 if bench.failed else 0


def _split(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    if "--" not in words:
        return words, ()
    place = list(words).index("--")
    return words[:place], words[place + 1 :]


def _chosen(names: Sequence[str]) -> list[Run]:
    known = {run.name: run for run in RUNS}
    for name in names:
        if name not in known:
            raise CannotMeasure(f"there is no run {name!r}; there is {', '.join(known)}.")
    return [known[name] for name in names] or list(RUNS)


def _running(address: tuple[str, int] | None, pid: int | None, is_mine: bool) -> Server | None:
    if address is None:
        return None
    if not is_loopback(address[0]) and address[0] != "localhost" and not is_mine:
        raise NotOurs(address[0])
    return Server("twistchat", address, Dialect(), pid)


class Bench:
    """Plays runs and keeps what they measured."""

    def __init__(
        self, settings: Settings, against: Sequence[str], repeat: int, case: str = "", before: Path | None = None
    ) -> None:
        self.results: list[Result] = []
        self.failed = False
        self._settings = settings
        self._peers = [peer for peer in PEERS if peer.name in against]
        self._variants = [variant for variant in VARIANTS if variant.name in against]
        self._repeat = repeat
        self._case = case
        self._before = before

    def measure(self, run: Run) -> None:
        """Play each case of a run as often as was asked for, the servers in turn."""
        for case in run.cases:
            if self._case in case.title:
                self._measure(run, case)

    def _measure(self, run: Run, case: Case) -> None:
        results = [(Result(run, case.title, settings.name), settings) for settings in self._settings_for(run, case)]
        self.results.extend(result for result, _ in results)
        for time in range(self._repeat):
            for result, settings in results:
                self._play(case, result, settings, f"{time + 1}/{self._repeat}")

    def _settings_for(self, run: Run, case: Case) -> Iterator[Settings]:
        yield self._settings
        if not run.compared:
            return
        if self._before is not None:
            yield replace(self._settings, running=None, name="before", checkout=self._before)
        for variant in self._variants:
            yield replace(
                self._settings,
                running=None,
                interface=variant.interface or self._settings.interface,
                options=(*self._settings.options, *variant.options),
                name=variant.name,
            )
        for peer in self._peers:
            if case.most <= peer.most:
                yield Settings(self._settings.seconds, peer, name=peer.name)

    def _play(self, case: Case, result: Result, settings: Settings, turn: str) -> None:
        def tell(text: str) -> None:
            _progress(f"{result.run.name}: {case.title}: {result.server} {turn} {text}")

        tell("")
        try:
            with _generators_cores(), Stage(settings, tell) as stage:
                result.samples.append(case.play(stage))
        except CannotMeasure as error:
            self.failed = True
            result.samples.append({"failed": str(error)})
        finally:
            _progress("")


class _generators_cores:
    """Keeps this process off the server's core, and its garbage collection out of the figures."""

    def __enter__(self) -> None:
        self._before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, machine.split_cores()[1])
        gc.collect()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        os.sched_setaffinity(0, self._before)
        gc.enable()


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)
