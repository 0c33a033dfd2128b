"""Which text may come in. One rule for forms, imports and the command line.

Stored text is exactly what was given, but for two things: line ends become "\\n" and Word's soft line break (U+000B)
becomes a line end. Characters that no page, workbook or database carries are refused with their place.
"""

from django.utils.translation import gettext as _

TITLE_LENGTH = 200
TEXT_LENGTH = 10_000
MEASURE_LENGTH = 2_000
EVIDENCE_LENGTH = 500
REASON_LENGTH = 2_000

_LINE_ENDS = str.maketrans({"\x0b": "\n", "\x0c": "\n", "\u2028": "\n", "\u2029": "\n"})


def is_forbidden(character: str) -> bool:
    """Say whether `character` can break what the system writes: controls, lone surrogates, noncharacters."""
    code = ord(character)
    if code < 0x20:
        return character not in "\t\n"
    return (
        0x7F <= code <= 0x9F
        or 0xD800 <= code <= 0xDFFF
        or 0xFDD0 <= code <= 0xFDEF
        or code & 0xFFFE == 0xFFFE
        # Overrides of writing direction make a line read differently from what it says.
        or 0x202A <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
    )


def clean_text(value: str) -> str:
    """Return `value` with uniform line ends. It may still hold forbidden characters; see `problems`."""
    return value.replace("\r\n", "\n").replace("\r", "\n").translate(_LINE_ENDS)


def problems(value: str, *, limit: int, one_line: bool = False) -> list[str]:
    """Return a sentence for everything that is wrong with an already cleaned `value`; length in characters."""
    found = []
    for place, character in enumerate(value, start=1):
        if is_forbidden(character):
            found.append(
                _("Character %(place)s (U+%(code)s) cannot be stored. Delete it or type the text again.")
                % {"place": place, "code": f"{ord(character):04X}"}
            )
            if len(found) == 5:
                break
    lines, most = value.count("\n") + 1, max(50, limit // 10)
    if not one_line and lines > most:
        found.append(_("At most %(most)s lines; this has %(lines)s.") % {"most": most, "lines": lines})
    if one_line and "\n" in value:
        found.append(_("This must be one line; a line break stands after character %s.") % value.index("\n"))
    if len(value) > limit:
        found.append(too_long(len(value), limit))
    return found


def too_long(length: int, limit: int) -> str:
    """Return the sentence for a text of `length` characters where `limit` fit."""
    return _("The text has %(length)s characters; at most %(limit)s fit.") % {"length": length, "limit": limit}
