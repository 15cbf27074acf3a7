"""A half-typed line in a terminal that is made narrower, of which prompt-toolkit knows only the new size.

Most terminals (VTE's, kitty, iTerm2, Windows Terminal, tmux) break a row that has become too long into several. The
cursor is then further below the first row than it was drawn, and what is erased from there up leaves a piece of the
line standing. xterm cuts rows off instead, and moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.data_structures import Point
from prompt_toolkit.layout.screen import Screen


def breaks_rows(environment: Mapping[str, str]) -> bool:
    """Whether the terminal that is described by the environment breaks rows when it is made narrower."""
    return "TMUX" in environment or "XTERM_VERSION" not in environment


def rows_gained(screen: Screen, cursor: Point, columns: int) -> int:
    """How many rows further down the cursor is once the rows up to it are broken.

    Args:
        screen: What was drawn, when the terminal was wider.
        cursor: Where the cursor was then.
        columns: How wide the terminal is now.
    """
    return sum(_breaks(screen, row, columns) for row in range(cursor.y)) + _breaks(screen, cursor.y, columns, cursor.x)


def _breaks(screen: Screen, row: int, columns: int, before: int | None = None) -> int:
    """How often a row is broken, up to a column; a character that takes two columns is never cut."""
    cells = screen.data_buffer[row]
    written = sorted(place for place, cell in cells.items() if cell.char.strip())
    broken = used = 0
    for place in range(written[-1] + 1 if written else 0):
        if before is not None and place >= before:
            break
        width = cells[place].width
        if used + width > columns:
            broken, used = broken + 1, 0
        used += width
    return broken


def follow_resizing(app: Application[Any], resized: Callable[[], None]) -> Callable[[], None]:
    """Have a half-typed line erased whole when the terminal is made narrower.

    Args:
        app: What draws it.
        resized: What prompt-toolkit does when the size changes: erase from the cursor's row up, and draw anew.

    Returns:
        What is to be done in place of that.
    """

    def begin_further_up() -> None:
        screen, window = app.renderer.last_rendered_screen, app.layout.current_window
        if screen is not None:
            gained = rows_gained(screen, screen.get_cursor_position(window), app.output.get_size().columns)
            app.output.cursor_up(gained)
        resized()

    return begin_further_up
