"""Searching the history backwards, as Ctrl-R does in a shell.

1. What was typed before stays in the editor until something is found; from then on the found line is in it.
2. A character makes the query longer, and looks from the found line on backwards; the case of letters does not count.
   One that would match nothing is not taken. Backspace makes it shorter, and looks from the newest line on.
3. Ctrl-R looks for the next older line.
4. Ctrl-G and Ctrl-C give up: what was typed before is there again.
5. Any other key ends the search with the found line in the editor, and then does what it always does: Enter sends it.
"""

from __future__ import annotations

from wcwidth import iter_graphemes_reverse

from twistchat.terminal.columns import fitting, width
from twistchat.terminal.editor import Editor


class Search:
    """One search, from Ctrl-R to its end."""

    def __init__(self, editor: Editor) -> None:
        """Begin with an empty query.

        Args:
            editor: Shows what is found; its history is searched.
        """
        self._editor = editor
        self._typed = editor.text
        self._position = len(editor.history)
        self._query = ""
        self.is_over = False

    def mark(self, label: str, columns: int) -> str:
        """What stands before the line meanwhile: a label and the query's end, in half of the columns."""
        shown, _ = fitting(iter_graphemes_reverse(self._query), max(1, columns // 2 - width(label) - 3) + 1)
        return f"({label}: {''.join(reversed(shown))}) "

    def press(self, key: str) -> bool | None:
        """Take a key.

        Returns:
            True where it was the search's, False where that found nothing; None where it is still to be obeyed.
        """
        if key == "ctrl-r":
            return not self._query or self._look(self._query, self._position - 1)
        if key == "backspace":
            return self._look(self._query[:-1], len(self._editor.history) - 1)
        if len(key) == 1:
            return self._look(self._query + key, self._position)
        self.is_over = True
        if key not in ("ctrl-c", "ctrl-g"):
            return None
        self._editor.set(self._typed)
        return True

    def _look(self, query: str, newest: int) -> bool:
        position = self._editor.history.find(query, newest) if query else len(self._editor.history)
        if position is None:
            return False
        self._query, self._position = query, position
        if query:
            line = self._editor.history[position]
            self._editor.set(line)
            self._editor.cursor = max(0, line.casefold().find(query.casefold()))
        return True
