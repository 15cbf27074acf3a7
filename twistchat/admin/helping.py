"""The verb that explains verbs. It is listed in verbs.py, as the others are."""

from __future__ import annotations

from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Outcome, Sentence, Table
from twistchat.admin.verb import verb


@verb("help [VERB]", "lists the verbs, or explains one")
def help(operator: Operator, name: str = "") -> Outcome:
    if name:
        row = operator.verbs.find(name)
        return Sentence(
            f"{row.usage}\n    {row.explanation}\n    at the prompt: {row.call}",
            {"usage": row.usage, "explanation": row.explanation, "call": row.call},
        )
    return Table(("verb", "explanation"), [(row.usage, row.explanation) for row in operator.verbs.values()])
