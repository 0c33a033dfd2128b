"""A public notice as a sheet: a draft as it would be, a posted one from its frozen lines only."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from ..actions.notices import LINE_FIELDS, content_of, keep_digest, keep_sheet, size_of
from ..models import NumberedCopy, PreparedSheet, PublicNotice
from ..output.pdf import missing_glyphs, unavailable
from ..rules import ExtensionState, Gap, NoticeKind
from .notice_sheet import notice_sheet, verification_address
from .sheets import Sheet, Unprintable, numbered

# Somebody waits while up to this much is laid out; what is longer is made in the background.
MOST_LINES_AT_ONCE = 200
MOST_CHARACTERS_AT_ONCE = 30_000


def notice_document(notice: PublicNotice, copy: NumberedCopy | None = None) -> Sheet:
    """Return the sheet of a notice. The same posted notice always gives the same sheet, until it is extended.

    A numbered copy has its own number on each page, and its own code in the place of the notice's.
    """
    code = copy.code if copy else notice.code or ""
    if notice.number is None:
        content = content_of(notice)
        lines, issuer, names, days = (content[name] for name in ("lines", "issuer", "names", "days"))
        earlier, extensions = content.get("earlier"), []
    else:
        lines = [line.content for line in notice.lines.all()]
        issuer, names, days, earlier = notice.issuer, notice.names, notice.days, notice.earlier
        extensions = list(notice.extensions.filter(state=ExtensionState.EXTENDED))
    # The period it was posted for stays on the sheet; what made it longer stands below.
    ends_on = extensions[0].ends_before if extensions else notice.ends_on
    sheet = notice_sheet(
        {
            "title": notice.title,
            "issuer": issuer,
            "number": notice.number or "",
            "code": code,
            "address": verification_address(code),
            "starts_on": _iso(notice.starts_on),
            "ends_on": _iso(ends_on),
            "extensions": [
                {
                    "ends_on": _iso(each.ends_on),
                    "cause": each.cause,
                    "days": each.days,
                    "reason": each.reason,
                    "extended_on": _iso(each.extended_on),
                }
                for each in extensions
            ],
            "earlier": earlier,
            "posted_on": _iso(notice.posted_on),
            "days": days,
            "contact": notice.contact,
            "names": names,
            "digest": notice.digest,
            "head": notice.audit_head,
            "measures_kind": notice.kind == NoticeKind.MEASURES,
            "lines": lines,
        }
    )
    return numbered(sheet, copy.serial) if copy else sheet


def unprintable(content: Mapping[str, Any]) -> list[Gap]:
    """Return a gap for each text of a notice with characters that no typeface here has."""
    found = []
    texts = [content["title"] + content["contact"], *("".join(_texts(line)) for line in content["lines"])]
    for ordinal, text in enumerate(texts):
        if characters := missing_glyphs(text):
            names = _(", ").join(f"{character} (U+{ord(character):04X})" for character in characters)
            where = _("line %s") % ordinal if ordinal else _("title or contact")
            sentence = _("No typeface has these characters, in %(where)s: %(names)s.")
            found.append(Gap(sentence % {"where": where, "names": names}, "lines" if ordinal else "contact"))
    return found


def unprintable_reason(text: str) -> str:
    """Return a sentence that names the characters of a reason that no typeface here has; empty where there are none."""
    characters = missing_glyphs(text)
    if not characters:
        return ""
    names = _(", ").join(f"{character} (U+{ord(character):04X})" for character in characters)
    return _("No typeface has these characters: %s. The reason stands on the sheet.") % names


def _texts(line: Mapping[str, Any]) -> list[str]:
    return [
        *(line[name] for name in (*LINE_FIELDS, "holder", "grade_word")),
        *line["measures"],
        line.get("opt_out", ""),
    ]


def prepare_sheets() -> int:
    """Make the PDF of every posted notice that is too long to be made while somebody waits; return how many were made."""
    if unavailable():
        return 0
    made = 0
    lacking = PublicNotice.objects.without_prepared_sheet(MOST_LINES_AT_ONCE, MOST_CHARACTERS_AT_ONCE)
    for notice in lacking.select_related("unit", "organization"):
        try:
            body = notice_document(notice).pdf()
        except Unprintable:
            continue  # its print page says why
        keep_sheet(notice=notice, body=body)
        made += 1
    return made


def notice_pdf(notice: PublicNotice) -> bytes | None:
    """Return the PDF of a notice, or None while one that is long is still being prepared. Of a posted one the digest is kept."""
    body = _pdf(notice)
    if body is not None and notice.number is not None:
        keep_digest(notice=notice, body=body)
    return body


def _pdf(notice: PublicNotice) -> bytes | None:
    prepared = PreparedSheet.objects.filter(notice=notice).first()
    if prepared is not None:
        return bytes(prepared.body)
    size = notice.size or size_of(content_of(notice))
    document = notice_document(notice)
    if size > MOST_CHARACTERS_AT_ONCE or len(document.grids[0].rows) > MOST_LINES_AT_ONCE:
        return None
    return document.pdf()


def _iso(day) -> str | None:
    return day.isoformat() if day else None
