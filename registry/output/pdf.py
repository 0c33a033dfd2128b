"""The one way from HTML to PDF. The only room that imports weasyprint and fontTools, and only when a PDF is asked for.

Nothing is fetched but `data:` and the files of the table below; a text that asks for more gets nothing. The same HTML
always gives the same bytes.
"""

import atexit
import hashlib
import logging
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from unicodedata import category

from django.conf import settings

# The one line that mends a machine on which `unavailable` gives a reason (Debian and its kin).
INSTALL = "apt-get install -y --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0"

_STATIC = Path(settings.BASE_DIR) / "static"
# A name for the place of our files that is the same on every machine; it is no path, the table says what it means.
_PLACE = "file:///static/"
_STYLE = "css/sheet.css"
_FACES = ("FandolFang-Regular", "FandolSong-Bold", "FandolHei-Regular", "FandolKai-Regular")
_LAST_RESORT = "NotoSerifSC-Regular"
# Titles in traditional script; what it lacks is taken from the last resort.
_STRONG = "NotoSerifTC-Bold"
_FONTS = {f"{_PLACE}fonts/{name}.otf": _STATIC / f"fonts/{name}.otf" for name in (*_FACES, _LAST_RESORT, _STRONG)}

# It tells each step of each page at a level that every installation writes to its log.
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)

# fontconfig and Pango keep state that threads must not share.
_lock = threading.RLock()

Anchors = Sequence[Mapping[str, tuple[float, float]]]


def unavailable() -> str:
    """Return why no PDF can be made on this machine, or an empty text. What mends it is `INSTALL`."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as why:
        return str(why)
    return ""


@cache
def _engine() -> SimpleNamespace:
    """Return fetcher, fonts and parsed style sheet, made once in a process: reading them takes longer than a page."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OursOnly(URLFetcher):
        """Refuses everything but `data:` and our own files."""

        def fetch(self, url: str, headers: Mapping | None = None) -> URLFetcherResponse:
            if path := _FONTS.get(url):
                return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/otf"})
            return super().fetch(url, headers)

    # Fonts lie in a folder of their own until they are let go, which the end of the interpreter does too late.
    atexit.register(_engine.cache_clear)
    fetcher = OursOnly(allowed_protocols=("data",), allow_redirects=False)
    fonts = FontConfiguration()
    text = (_STATIC / _STYLE).read_text(encoding="utf-8")
    style = CSS(string=text, base_url=_PLACE + _STYLE, url_fetcher=fetcher, font_config=fonts)
    return SimpleNamespace(fetcher=fetcher, fonts=fonts, style=style, salt=text.encode())


class Layout:
    """An HTML page laid out on paper."""

    def __init__(self, html: str) -> None:
        from weasyprint import HTML

        with _lock:
            self._engine = _engine()
            page = HTML(string=html, base_url=_PLACE, url_fetcher=self._engine.fetcher)
            self._document = page.render(
                font_config=self._engine.fonts, stylesheets=[self._engine.style], pdf_tags=True
            )
        self._identifier = hashlib.sha256(self._engine.salt + html.encode()).hexdigest()[:32].encode()

    @property
    def anchors(self) -> Anchors:
        """For each page, where every element with an id begins on it."""
        return [page.anchors for page in self._document.pages]

    def pdf(self) -> bytes:
        """Return the file, tagged as PDF/UA-1 asks."""
        from .tagging import complete_tags

        with _lock:
            return self._document.write_pdf(
                finisher=complete_tags, pdf_tags=True, pdf_variant="pdf/ua-1", pdf_identifier=self._identifier
            )


@cache
def _printable() -> frozenset[int]:
    """Return the characters every one of our styles can print: those of the last resort, and those all faces share."""
    from fontTools.ttLib import TTFont

    last, *faces = (set(TTFont(_FONTS[f"{_PLACE}fonts/{name}.otf"], lazy=True).getBestCmap()) for name in
                    (_LAST_RESORT, *_FACES))  # fmt: skip
    return frozenset(last | set.intersection(*faces))


def missing_glyphs(text: str) -> list[str]:
    """Return the characters of a text that no font of ours has, in the order of their codes."""
    return sorted(
        character for character in set(text) if ord(character) not in _printable() and not _takes_no_ink(character)
    )


def _takes_no_ink(character: str) -> bool:
    """Say whether a character is only white, or only tells how others are set."""
    code = ord(character)
    return character.isspace() or category(character) == "Cf" or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
