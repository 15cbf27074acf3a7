r"""What may stand in a line: the one place where what strangers send is made harmless.

Every name, topic and reason passes `clean` on its way in, whatever interface brought it, and every line that is said
`clean_line`, which keeps its indentation; every format asks `revealed` on its way out, which goes by the same rules: so
what is left in has the same characters everywhere.

Taken out, wherever it stands:
 1. What a terminal acts on: escape sequences (ECMA-48) whole, the other controls C0, DEL and C1; tabs and ends of
    lines, U+2028 and U+2029 among them, become one space, but for tabs that a line is indented by.
 2. Bidirectional embeddings, overrides and isolates (UAX #9 2), which show words in another order than they are sent
    in, and the marks U+061C, U+200E and U+200F, which spell nothing.
 3. What nobody sees: all that Unicode calls Default_Ignorable_Code_Point (DerivedCoreProperties.txt; RFC 8264 9.13
    refuses it in names), U+2065 and U+E0FFF of no meaning yet included, but for the rules below; annotations U+FFF9 to
    U+FFFB, whose text would stand beside another text.
 4. Halves of surrogate pairs and noncharacters (RFC 8264 9.13, 9.14), which are no characters.

Left in of the third, because a script or an emoji is spelled with it:
 5. U+200C and U+200D, which join letters and part them, right beside a character of a script that has joined letters or
    conjuncts. RFC 5892 A.1 and A.2 have them in fewer places: Bengali, Sinhala, Malayalam and Persian are written with
    others too, and a text needs no such care as a host's name.
 6. U+200D between two pictographs, the first maybe with U+FE0F or a skin's colour (UTS #51, ED-16).
 7. One variation selector behind what may take one: a pictograph, a digit, an ideograph (UTS #37), a letter or symbol
    from U+1000 on; Mongolian's own behind its letters, and its vowel separator between them.
 8. Tags of a flag: a black flag, the code of a region's part, U+E007F (UTS #51, ED-14a and annex C).
 9. U+200B beside letters of South-East Asia and Tibet, which have no spaces between words.
10. Fillers of Hangul in the place of a letter that a syllable lacks (The Unicode Standard 18.6), never alone.
11. U+034F before a mark of Latin, Greek or Hebrew, whose order it keeps.

Left in altogether: marks that combine; format characters that are seen, as U+06DD is (Prepended_Concatenation_Mark, and
the controls of hieroglyphs); private use, as fonts and GB18030 have characters there; what is unassigned, as it may be
an emoji that is newer than this Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from wcwidth import grapheme_boundary_before, iter_graphemes

# ECMA-48: control sequences (CSI ... final), strings (OSC, DCS, SOS, PM, APC ... ST or BEL), two-character escapes.
# An unfinished string loses only its introducer, so that a stray ESC ] does not eat the rest of the line.
_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
_BEGINNING = re.compile(r"\A(?:[ \t\u3000]*[\n\v\f\r\x1c-\x1f\x85\u2028\u2029])*([ \t\u3000]*)")
"""What a text has before its first line, and what that one is indented by."""

_BLANK = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")

_CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_IGNORABLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_NO_CHARACTERS = r"\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff" + "".join(
    rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(1, 17)
)
_TAKEN = rf"{_CONTROLS}{_IGNORABLE}\ufff9-\ufffb{_NO_CHARACTERS}"

# By blocks, so that it does not depend on whose tables are newer: those with joining types in ArabicShaping.txt, or
# with a virama, a stacker or a register shifter in IndicSyllabicCategory.txt.
_JOINING = (
    r"\u0610-\u061a\u0620-\u07ff\u0840-\u0dff\u0f00-\u109f\u1700-\u17b3\u17b6-\u180a\u1810-\u194f\u1a00-\u1aaf"
    r"\u1b00-\u1c4f\u1cd0-\u1cff\ua800-\ua82f\ua840-\ua8ff\ua930-\ua95f\ua980-\ua9ff\uaa00-\uaaff\uabc0-\uabff"
    r"\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefe\U00010a00-\U00010a5f\U00010ac0-\U00010aff\U00010b80-\U00010baf"
    r"\U00010d00-\U00010d3f\U00010ec0-\U00010fdf\U00011000-\U00011fff\U00016100-\U0001613f\U0001e900-\U0001e95f"
)
_WITHOUT_SPACES = (
    r"\u0e00-\u0fff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff\u1950-\u19ff\u1a20-\u1aaf\ua9e0-\ua9ff\uaa60-\uaadf"
)
_MONGOLIAN = r"\u1820-\u18aa"
_THEIR_SELECTORS = r"\u180b-\u180d\u180f"
# Blocks that have Extended_Pictographic characters (emoji-data.txt), with what is reserved for more.
_PICTOGRAPHS = (
    r"\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    r"\u3030\u303d\u3297\u3299\U0001f000-\U0001faff\U0001fc00-\U0001fffd"
)
_TAG = r"[\U000e0030-\U000e0039\U000e0061-\U000e007a]"
_LEADING_JAMO, _VOWEL_JAMO = r"\u1100-\u115e\ua960-\ua97c", r"\u1161-\u11a7\ud7b0-\ud7c6"
_TRAILING_JAMO = r"\u11a8-\u11ff\ud7cb-\ud7fb"
_MARKS = r"\u0300-\u034e\u0350-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"

# Each looks no further than at neighbours that stay themselves, so that taking out once takes out all.
_SPELLS = "|".join(
    (
        rf"(?<=[{_JOINING}])[\u200c\u200d]|[\u200c\u200d](?=[{_JOINING}])",
        rf"(?<=[{_PICTOGRAPHS}])\u200d(?=[{_PICTOGRAPHS}])|(?<=[{_PICTOGRAPHS}]\ufe0f)\u200d(?=[{_PICTOGRAPHS}])",
        rf"(?<=[0-9#*\xa9\xae\u1000-\U0010ffff])(?<![\s{_TAKEN}])[\ufe00-\ufe0f\U000e0100-\U000e01ef]",
        rf"(?<=[{_MONGOLIAN}])(?:[{_THEIR_SELECTORS}]|\u180e(?=[{_MONGOLIAN}]))",
        rf"(?<=[{_MONGOLIAN}][{_THEIR_SELECTORS}])(?:\u200d|\u180e(?=[{_MONGOLIAN}]))",
        rf"(?<=\U0001f3f4){_TAG}{{3,7}}\U000e007f",
        rf"(?<=[{_WITHOUT_SPACES}])\u200b|\u200b(?=[{_WITHOUT_SPACES}])",
        rf"(?<=[{_LEADING_JAMO}])\u1160|\u115f(?=[{_VOWEL_JAMO}]|\u1160[{_TRAILING_JAMO}])",
        rf"(?<=\u115f)\u1160(?=[{_TRAILING_JAMO}])",
        rf"\u034f(?=[{_MARKS}])",
    )
)
_ANY_TAKEN = re.compile(f"[{_TAKEN}]")
_COMMON = re.compile(r"[ -~\xa0-\xac\xae-\u034e\u0370-\u058f\u2010-\u2027\u3000-\u3163\u3165-\ud7a3\uff01-\uff9f]*+")
"""Texts that have nothing to judge, as most in Latin, Cyrillic, Chinese and Korean: a third of the time to see it."""
_JUDGED = re.compile(f"(?=[{_TAKEN}])(?:({_SPELLS})|.)", re.DOTALL)
"""Each place that has something to judge; the group is what stays of it."""

_TAB_COLUMNS = 4

_BACKSPACE = re.compile("[\b\x7f]")

_MOST_JOINED = 32
"""Code points of a character that typing may still add to; the longest emoji has 15, and repeating costs time."""


def clean(text: str) -> str:
    """Take out what a terminal would act on and what nobody could see, by the rules above.

    Spaces at the ends are cut. Cleaning again changes nothing.
    """
    return clean_line(text).strip()


def clean_line(text: str) -> str:
    """Clean what is said, which keeps the blanks that it begins with: code and paragraphs are indented by them.

    Tabs among those become spaces, as far as the next of every four columns. Spaces at the end are cut, so blanks alone
    are nothing. Cleaning again changes nothing.
    """
    if _is_harmless(text):
        return text.rstrip()
    text = _BEGINNING.sub(_indentation, _ESCAPE_SEQUENCE.sub("", text))
    return _JUDGED.sub(_what_stays, _BLANK.sub(" ", text)).rstrip()


def bare(text: str) -> str:
    """Take out all that `clean` would ever take out, also where a script or an emoji needs it: for names."""
    return _ANY_TAKEN.sub("", text)


def revealed(text: str, show: Callable[[str], str]) -> str:
    """Put something visible in place of each character that `clean` takes out; a cleaned text stays as it is.

    Args:
        text: What comes from anywhere: a log, a peer's address, an error.
        show: Gives what stands for a character.
    """
    if _is_harmless(text):
        return text
    return _JUDGED.sub(lambda found: found[0] if found[1] else show(found[0]), text)


def _indentation(found: re.Match[str]) -> str:
    return found[1].expandtabs(_TAB_COLUMNS)


def _what_stays(found: re.Match[str]) -> str:
    return found[1] or ""


def _is_harmless(text: str) -> bool:
    if text.isascii():
        return text.isprintable()
    return _COMMON.fullmatch(text) is not None or _ANY_TAKEN.search(text) is None


def characters(text: str) -> list[str]:
    """The characters of a text as a person sees them: extended grapheme clusters (UAX #29)."""
    return list(iter_graphemes(text))


def step_back(text: str, position: int) -> int:
    """Where the character begins that ends at a position, or that the position is in; 0 at the beginning."""
    return grapheme_boundary_before(text, position)


def step_on(text: str, position: int) -> int:
    """Where the character ends that begins at a position; the text's length at its end."""
    return position + len(next(iter_graphemes(text, position), ""))


def rubbed_out(text: str) -> str:
    """Apply the backspaces in a line, as people have them who type at a terminal that sends each key.

    Each takes a whole character as it is seen: a letter with its accents, a syllable, a family of emoji, a flag.
    """
    if "\b" not in text and "\x7f" not in text:
        return text
    first, *later = _BACKSPACE.split(text)
    kept = characters(first)
    for typed in later:
        del kept[-1:]
        if typed:
            begun = kept.pop() if kept and len(kept[-1]) <= _MOST_JOINED else ""
            kept += characters(begun + typed)
    return "".join(kept)


def counted(count: int, one: str, many: str) -> str:
    """So many of something, `1 person` or `2 people`, for an operator, who reads English."""
    return f"{count} {one if count == 1 else many}"
