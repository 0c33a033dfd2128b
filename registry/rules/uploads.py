"""Which files may be attached to a record: told by their content, never by what they are called (trust: type, size, no execution).

A file is kept as bytes and only ever handed out again as a download. What programs could run in it is refused all the
same: whoever opens it does so on their own machine.
"""

import hashlib
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .digest import ALGORITHM
from .text import is_forbidden

MOST_BYTES = 10 * 1024 * 1024
NAME_LENGTH = 200

# A document of Word or Excel is a zip file; these bounds are far above what either writes.
_MOST_MEMBERS = 5_000
_MOST_DIRECTORY = 2 * 1024 * 1024
_MOST_TYPES = 512 * 1024
_TYPES = "[Content_Types].xml"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_PROGRAMS = (
    ".app", ".bat", ".class", ".cmd", ".com", ".cpl", ".dll", ".docm", ".dotm", ".exe", ".hta", ".jar", ".js", ".jse", ".lnk",
    ".msi", ".ocx", ".pptm", ".ps1", ".py", ".reg", ".scr", ".sh", ".swf", ".vbe", ".vbs", ".wsf", ".xlam", ".xlsm", ".xltm",
)  # fmt: skip
# Marks that change the direction of a line and show nothing themselves; `is_forbidden` knows the others.
_DIRECTION_MARKS = "\u061c\u200e\u200f"


@dataclass(frozen=True)
class Upload:
    """A file that may be kept: its cleaned name, the media type its content has, and its bytes."""

    name: str
    media_type: str
    body: bytes

    @property
    def digest(self) -> str:
        return f"{ALGORITHM}:{hashlib.new(ALGORITHM, self.body).hexdigest()}"


@dataclass(frozen=True)
class _Kind:
    """A kind of file: what it is called, its media type, how its name ends (the usual ending first)."""

    word: str
    media_type: str
    endings: tuple[str, ...]


_PDF = _Kind("PDF", "application/pdf", (".pdf",))
_PNG = _Kind("PNG", "image/png", (".png",))
_JPEG = _Kind("JPEG", "image/jpeg", (".jpg", ".jpeg"))
_WORD = _Kind("Word", f"{_OFFICE}wordprocessingml.document", (".docx",))
_EXCEL = _Kind("Excel", f"{_OFFICE}spreadsheetml.sheet", (".xlsx",))
_OLD_EXCEL = _Kind("Excel", "application/vnd.ms-excel", (".xls",))
LEDGER_ENDINGS = (*_EXCEL.endings, *_OLD_EXCEL.endings)
# What a zip file must declare as its main part to be one of them.
_MAIN_PARTS = {
    f"{_OFFICE}wordprocessingml.document.main+xml": _WORD,
    f"{_OFFICE}spreadsheetml.sheet.main+xml": _EXCEL,
}
ENDINGS = tuple(ending for kind in (_PDF, _PNG, _JPEG, _WORD, _EXCEL) for ending in kind.endings)


def clean_name(name: str, ending: str = "") -> str:
    """Return what a file is called without path, control and direction characters, at most 200 characters long.

    `ending` is put after a name that has none; a name of nothing else becomes the word for an attachment.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(each for each in last if not is_forbidden(each) and each not in f"{_DIRECTION_MARKS}\n\t")
    stem, dot, tail = " ".join(kept.split()).strip(". ").rpartition(".")
    stem, tail = (stem, f".{tail}") if dot and stem else (tail, ending)
    stem = stem.strip(". ") or _("attachment")
    return stem[: NAME_LENGTH - len(tail)].rstrip(". ") + tail[:NAME_LENGTH]


def upload_of(name: str, body: bytes) -> tuple[Upload | None, list[str]]:
    """Return the file as it may be kept, and the sentences that say what is wrong with it: one of the two is empty."""
    if not body:
        return None, [_("The file is empty.")]
    if len(body) > MOST_BYTES:
        return None, [too_large()]
    kind, found = _told_by_content(body)
    if kind is None:
        return None, found
    called = clean_name(name, kind.endings[0])
    if not called.lower().endswith(kind.endings):
        found.append(
            _("The file is called “%(name)s” but holds %(kind)s. Give it its right ending, or choose another file.")
            % {"name": called, "kind": kind.word}
        )
    return (None, found) if found else (Upload(called, kind.media_type, body), [])


def ledger_of(name: str, body: bytes) -> tuple[Upload | None, list[str]]:
    """Return a workbook that may be read as a ledger, and the sentences that say what is wrong with it: one of the two is empty.

    Beside .xlsx it may be an .xls: whether that is one is found out by reading it.
    """
    if body.startswith(_OLE) and len(body) <= MOST_BYTES:
        called = clean_name(name, _OLD_EXCEL.endings[0])
        if called.lower().endswith(_OLD_EXCEL.endings):
            return Upload(called, _OLD_EXCEL.media_type, body), []
    upload, found = upload_of(name, body)
    if upload is not None and upload.media_type != _EXCEL.media_type:
        return None, [_("This is not a workbook. Save the ledger as .xlsx or .xls and try again.")]
    return upload, found


def too_large() -> str:
    """Return the sentence for a file above the limit."""
    return _("The file is larger than %(most)s MB. Make it smaller, for example by scanning it in grey.") % {
        "most": MOST_BYTES // 1024**2
    }


def _told_by_content(body: bytes) -> tuple[_Kind | None, list[str]]:
    """Return the kind of a file by its first bytes, and what is wrong with it. No kind: it is none of those taken."""
    for signature, kind, look in _SIGNATURES:
        if body.startswith(signature):
            return look(body) if kind is None else (kind, look(body))
    if body.startswith(_OLE):
        return None, [
            _(
                "This is a document of an old Word or Excel, or one locked by a password. Save it as .docx, .xlsx or PDF."
            )
        ]
    return None, [_("This kind of file is not taken. Choose a PDF, a picture (PNG, JPEG), a .docx or an .xlsx.")]


def _cut_off() -> list[str]:
    return [_("The end of the file is missing. Choose it again, or save it anew.")]


def _look_at_pdf(body: bytes) -> list[str]:
    if b"%%EOF" not in body[-2048:]:
        return _cut_off()
    # A name may spell any of its letters by number.
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), body)
    if re.search(rb"/(JavaScript|Launch)\b", plain):
        return [_("The PDF holds a program. Print it into a new PDF and choose that one.")]
    return []


def _look_at_png(body: bytes) -> list[str]:
    return [] if body[12:16] == b"IHDR" and b"IEND" in body[-1024:] else _cut_off()


def _look_at_jpeg(body: bytes) -> list[str]:
    # Cameras put more pictures after the first one, so its end need not be that of the file.
    return [] if b"\xff\xd9" in body else _cut_off()


def _look_at_zip(body: bytes) -> tuple[_Kind | None, list[str]]:
    """Return Word or Excel for a zip file that says so in its content types and holds no program; unpack nothing else."""
    neither = _("This zip file is neither a .docx nor an .xlsx. Attach the document itself.")
    damaged = _("The document is damaged. Open it, save it anew and choose it again.")
    if not _is_small_directory(body):
        return None, [damaged]
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
            declared = [member for member in members if member.filename == _TYPES]
            if len(declared) != 1:
                return None, [neither]
            with archive.open(declared[0]) as types:
                xml = types.read(_MOST_TYPES + 1)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error):
        return None, [damaged]
    try:
        text = xml.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None, [damaged]
    # Neither program writes comments, entities or letters by number here: they would hide what stands in it.
    if len(xml) > _MOST_TYPES or "<!" in text or "&" in text:
        return None, [damaged]
    types = re.findall(r"""ContentType\s*=\s*["']([^"']*)["']""", text)
    kinds = {_MAIN_PARTS[each] for each in types if each in _MAIN_PARTS}
    if any("macro" in each.lower() or "vba" in each.lower() or "activex" in each.lower() for each in types):
        return None, [_with_program()]
    if len(kinds) != 1:
        return None, [neither]
    if any(_is_program(member.filename) for member in members):
        return None, [_with_program()]
    return kinds.pop(), []


def _with_program() -> str:
    return _("The document holds macros or a program. Save it without them as .docx or .xlsx, or as PDF.")


def _is_program(name: str) -> bool:
    """Say whether a part of a document can be run: macros, controls, embedded objects of any kind, programs."""
    name = name.lower()
    return (
        name.endswith(_PROGRAMS)
        or "vbaproject" in name
        or "vbadata" in name
        or "/activex/" in name
        or ("/embeddings/" in name and name.endswith(".bin"))
    )


def _is_small_directory(body: bytes) -> bool:
    """Say whether the list of a zip file's members is small by its own last record, before anybody reads the list."""
    place = body.rfind(b"PK\x05\x06", max(0, len(body) - 65_557))
    if place < 0 or len(body) < place + 22 or b"PK\x06\x07" in body[max(0, place - 20) : place]:
        return False
    members = int.from_bytes(body[place + 10 : place + 12], "little")
    length = int.from_bytes(body[place + 12 : place + 16], "little")
    return members <= _MOST_MEMBERS and length <= _MOST_DIRECTORY


# The first bytes of each kind, the kind where they alone tell it, and what else is looked at.
_SIGNATURES: tuple[tuple[bytes, _Kind | None, Callable], ...] = (
    (b"%PDF-", _PDF, _look_at_pdf),
    (b"\x89PNG\r\n\x1a\n", _PNG, _look_at_png),
    (b"\xff\xd8\xff", _JPEG, _look_at_jpeg),
    (b"PK\x03\x04", None, _look_at_zip),
)
