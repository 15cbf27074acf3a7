"""Texts that programs like to spoil: words and emoji with characters in them that nobody sees, and what misleads."""

from __future__ import annotations

from hypothesis import strategies as st

SPELLED = [
    "می‌خواهم کتاب‌ها را بخوانم، PDF‌ها و ۱۲‌تایی",
    "ه‍.ق",
    "हिन्दी में क्‍ष और न्‌ और श्री",
    "বাংলা র‍্যাব",
    "ශ්‍රී ලංකාව",
    "മലയാളം അവന്‍ പറഞ്ഞു",
    "ಕನ್ನಡ ರ‍್ಯ",
    "ភាសា\u200bខ្មែរ\u200bស្អាត ប៊\u200cី",
    "བོད་ཡིག་ནི་སྙིང་རྗེའི་སྐད་རེད། ༄༅།",
    "མི་རིགས\u200bཀྱི",
    "မြန်မာ\u200bစာ က\ufe00",
    "ภาษา\u200bไทย ลาว\u200bພາສາ",
    "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ᠌ ᠦᠨ\u180eᠡ ᠠ᠋\u200d ᠠ᠋\u180eᠡ",
    "葛\U000e0100城市 辻\U000e0101 神\ufe00",
    "\u1112\u1161\u11ab \u1100\u1160 \u115f\u1161 \u115f\u1160\u11a8",
    "לֶחֶם \u05d9\u05b7\u034f\u05b4",
    "ٱلنَّاسِ \u06dd ١٢",
    "Zu\u034f\u0308rich é Łódź Việt Ngữ",
    "👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 👩🏽\u200d💻 🏳\ufe0f\u200d🌈 ☎\ufe0e 1\ufe0f\u20e3 ©\ufe0f",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f 🇩🇪",
    "你好，世界\u3000㐂𠮷 \ue5e5",
    "new ones: \U0001fae9\U0001faea\U0001f6d8",
]
"""As they are typed where they are spelled so; none is to lose or get a character."""

FROM_ALL_OVER = [
    "a",
    "é",
    "e\u0301",
    "汉",
    "한",
    "\u1112\u1161\u11ab",
    "स्ते",
    "❤\ufe0f\u200d🔥",
    "🇩🇪",
    "👍🏽",
    "1\ufe0f\u20e3",
]
"""Characters as a person sees them."""

_MEAN = (
    "\x1b[]\x07\\\x9b\x9cPm0;#\t\n\u00ad\u034f\u0301\u061c\u06cc\u0915\u094d\u0e01\u1100\u115f\u1160\u1161\u11a8\u1820\u180b\u180e"
    "\u200b\u200c\u200d\u200e\u200f\u2028\u202a\u202e\u2060\u2066\u2069\u3000\u3164\ufe00\ufe0e\ufe0f\ufeff\uffff\ud800"
    "\u2764\u6c49\U0001f3f4\U0001f3fd\U0001f1e9\U0001f468\U000e0001\U000e0067\U000e0062\U000e0100\U000e007f"
)

hostile = st.text(st.one_of(st.characters(), st.sampled_from(_MEAN)))
"""Texts of any characters, most of them such as rules are about."""
