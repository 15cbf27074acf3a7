"""What may stand in a line: the one place where what strangers send is made harmless.

Every text, name, topic and reason passes `clean` on its way in, whatever interface brought it.
"""

from __future__ import annotations

import re

# ECMA-48: control sequences (CSI ... final), strings (OSC, DCS, SOS, PM, APC ... ST or BEL), two-character escapes.
# An unfinished string loses only its introducer, so that a stray ESC ] does not eat the rest of the line.
_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
_BLANK = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
# C0, DEL, C1; Arabic letter mark; zero-width space, joiners, marks; embeddings, overrides, isolates; word joiner,
# invisible operators and deprecated format characters; byte order mark; interlinear annotations; tags; surrogates;
# fillers that show as nothing.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def clean(text: str) -> str:
    """Take out what a terminal would act on and what nobody could see.

    Escape sequences go whole, line breaks and tabs become one space, other control characters, bidirectional
    overrides and zero-width characters vanish. Spaces at the ends are cut.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    text = _ESCAPE_SEQUENCE.sub("", text)
    return _INVISIBLE.sub("", _BLANK.sub(" ", text)).strip()


def rubbed_out(text: str) -> str:
    """Apply the backspaces in a line, as people have them who type at a terminal that sends each key."""
    if "\b" not in text and "\x7f" not in text:
        return text
    kept: list[str] = []
    for character in text:
        if character not in "\b\x7f":
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept)
