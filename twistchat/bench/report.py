"""Figures as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from twistchat.bench.stage import Figures, Run


@dataclass
class Result:
    """What one server did in one case, each time that it was measured."""

    run: Run
    case: str
    server: str
    samples: list[Figures] = field(default_factory=list)

    @property
    def figures(self) -> Figures:
        """The medians; of remarks, the first."""
        names = dict.fromkeys(name for sample in self.samples for name in sample)
        return {name: _middle([sample[name] for sample in self.samples if name in sample]) for name in names}


def _middle(values: Sequence[float | str]) -> float | str:
    numbers = [value for value in values if not isinstance(value, str)]
    return median(numbers) if numbers else values[0]


def table(run: Run, results: Iterable[Result]) -> str:
    """One run as aligned text: a row for each case and server, and the ratios behind it."""
    results = [result for result in results if result.run is run]
    names = [name for name in dict.fromkeys(name for result in results for name in result.figures) if name != "failed"]
    failures = [f"{result.case}: {result.figures['failed']}" for result in results if "failed" in result.figures]
    rows = [["case", "server", *names]]
    for result in results:
        rows.append([result.case, result.server, *(shown(result.figures.get(name, "")) for name in names)])
    ratios = [f"{result.case}: twistchat / {result.server}  {words}" for result, words in _ratios(run, results)]
    return "\n".join([f"{run.name}: {run.explanation}", aligned(rows), *ratios, *failures])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows as text, a line each; all have as many cells."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(_aligned, row, widths)).rstrip() for row in rows]
    return "\n".join(lines)


def _aligned(cell: str, width: int) -> str:
    return cell.rjust(width) if cell[:1].isdigit() else cell.ljust(width)


def shown(value: float | str) -> str:
    """A figure with as many digits as it has meaning."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"


def ratios(run: Run, results: Sequence[Result]) -> dict[tuple[str, str], Figures]:
    """For each case and peer: twistchat's figures divided by the peer's, those that the run compares."""
    own = {result.case: result.figures for result in results if result.run is run and result.server == "twistchat"}
    found: dict[tuple[str, str], Figures] = {}
    for result in results:
        if result.run is not run or result.server == "twistchat" or result.case not in own:
            continue
        found[result.case, result.server] = {
            name: ratio
            for name in run.compared
            if (ratio := _divided(own[result.case].get(name), result.figures.get(name))) is not None
        }
    return found


def _divided(ours: float | str | None, theirs: float | str | None) -> float | None:
    if isinstance(ours, int | float) and isinstance(theirs, int | float) and theirs:
        return ours / theirs
    return None


def _ratios(run: Run, results: Sequence[Result]) -> Iterable[tuple[Result, str]]:
    found = ratios(run, results)
    for result in results:
        figures = found.get((result.case, result.server))
        if figures:
            yield result, ", ".join(f"{name} {value:.2f}" for name, value in figures.items())


def as_json(machine: dict[str, object], seconds: float, results: Sequence[Result]) -> str:
    """Everything, each sample included."""
    rows = [
        {
            "run": result.run.name,
            "case": result.case,
            "server": result.server,
            "median": result.figures,
            "samples": result.samples,
            "ratio": ratios(result.run, results).get((result.case, result.server), {}),
        }
        for result in results
    ]
    return json.dumps({"machine": machine, "seconds": seconds, "results": rows}, indent=1, ensure_ascii=False)
