"""The verb that explains verbs, each in the form of where one is. It is listed in verbs.py, as the others are."""

from __future__ import annotations

from dataclasses import dataclass

from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Outcome, Table
from twistchat.admin.verb import Verb, VerbTable, verb


@dataclass(frozen=True, repr=False)
class VerbHelp:
    """One verb explained."""

    row: Verb

    def text(self) -> str:
        """As a command."""
        return f"{self.row.usage}\n    {self.row.explanation}"

    def __repr__(self) -> str:
        return f"{self.row.call}\n    {self.row.explanation}"

    def data(self) -> object:
        """Both forms."""
        return {"usage": self.row.usage, "explanation": self.row.explanation, "call": self.row.call}


@dataclass(frozen=True, repr=False)
class VerbList:
    """All verbs."""

    verbs: VerbTable

    def _table(self, as_call: bool) -> Table:
        rows = [(each.call if as_call else each.usage, each.explanation) for each in self.verbs.values()]
        return Table(("verb", "explanation"), rows)

    def text(self) -> str:
        """As commands."""
        return self._table(as_call=False).text()

    def __repr__(self) -> str:
        return self._table(as_call=True).text()

    def data(self) -> object:
        """A list of objects."""
        return self._table(as_call=False).data()


@verb("help [VERB]", "lists the verbs, or explains one")
def help(operator: Operator, verb: str = "") -> Outcome:
    return VerbHelp(operator.verbs.find(verb)) if verb else VerbList(operator.verbs)
