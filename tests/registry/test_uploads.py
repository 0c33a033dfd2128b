"""Which files may be attached: told by content, whatever they are called; no programs, nothing that unpacks too far."""

import io
import zipfile

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.text import is_forbidden
from registry.rules.uploads import MOST_BYTES, NAME_LENGTH, clean_name, upload_of

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(40) + b"\xff\xd9"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
EXCEL_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def types(*content_types: str, before: str = "") -> str:
    overrides = "".join(f'<Override PartName="/part{n}" ContentType="{each}"/>' for n, each in enumerate(content_types))
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}<Types>{overrides}</Types>'


def office(*content_types: str, members: dict[str, bytes] | None = None, declared: str | bytes | None = None) -> bytes:
    """A zip file as Word or Excel writes it, with these content types and further members."""
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types(*content_types) if declared is None else declared)
        archive.writestr("word/document.xml", "<w:document/>")
        for name, body in (members or {}).items():
            archive.writestr(name, body)
    return told.getvalue()


GOOD = {
    "纪要.pdf": (PDF, "application/pdf"),
    "签到表.PNG": (PNG, "image/png"),
    "照片.jpeg": (JPEG, "image/jpeg"),
    "纪要.docx": (office(WORD_TYPE), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "名单.xlsx": (office(EXCEL_TYPE), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_taken(name):
    body, media_type = GOOD[name]
    upload, found = upload_of(name, body)
    assert (upload.name, upload.media_type, upload.body, found) == (name, media_type, body, [])
    assert upload.digest.startswith("sha256:") and len(upload.digest) == 71


def test_a_name_without_an_ending_gets_that_of_its_content():
    assert upload_of("会议纪要", PDF)[0].name == "会议纪要.pdf"
    assert upload_of("", JPEG)[0].name == "attachment.jpg"


BAD = {
    "nothing": ("a.pdf", b"", "empty"),
    "a page": ("a.html", b"<html><script>alert(1)</script>", "not taken"),
    "a page called a picture": ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "not taken"),
    "a program": ("a.pdf", b"MZ\x90\x00" + bytes(60), "not taken"),
    "a script": ("a.docx", b"#!/bin/sh\n", "not taken"),
    "a gif": ("a.gif", b"GIF89a" + bytes(30), "not taken"),
    "an old document": ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Word"),
    "a PDF called a document": ("a.docx", PDF, "holds PDF"),
    "a PDF called a program": ("纪要.pdf.exe", PDF, "holds PDF"),
    "a document called a picture": ("a.png", office(WORD_TYPE), "holds Word"),
    "half a PDF": ("a.pdf", PDF[:-8], "end of the file"),
    "half a picture": ("a.png", PNG[:-12], "end of the file"),
    "half a photograph": ("a.jpg", JPEG[:-2], "end of the file"),
    "a PDF with a script": ("a.pdf", PDF.replace(b"/Type", b"/S/JavaScript/JS(app.alert(1))/Type"), "holds a program"),
    "a PDF that spells it": ("a.pdf", PDF.replace(b"/Type", b"/S/J#61vaScript/Type"), "holds a program"),
    "a PDF that starts one": ("a.pdf", PDF.replace(b"/Type", b"/S/Launch/F(cmd.exe)/Type"), "holds a program"),
    "macros by type": ("a.docx", office("application/vnd.ms-word.document.macroEnabled.main+xml"), "macros"),
    "macros beside the right type": ("a.docx", office(WORD_TYPE, "application/vnd.ms-office.vbaProject"), "macros"),
    "macros by member": ("a.xlsx", office(EXCEL_TYPE, members={"xl/vbaProject.bin": b"x"}), "macros"),
    "a control": ("a.docx", office(WORD_TYPE, members={"word/activeX/activeX1.xml": b"x"}), "macros"),
    "an object": ("a.docx", office(WORD_TYPE, members={"word/embeddings/oleObject1.bin": b"x"}), "macros"),
    "a program inside": ("a.docx", office(WORD_TYPE, members={"word/media/x.EXE": b"MZ"}), "macros"),
    "a bare archive": ("a.zip", office("text/plain"), "neither"),
    "slides": ("a.docx", office(f"{WORD_TYPE[:46]}presentationml.presentation.main+xml"), "neither"),
    "both at once": ("a.docx", office(WORD_TYPE, EXCEL_TYPE), "neither"),
    "hidden in a comment": (
        "a.docx",
        office(declared=types("application/vnd.ms-word.document.macroEnabled.main+xml", before=f"<!-- {types(WORD_TYPE)} -->")),
        "damaged",
    ),
    "letters by number": ("a.docx", office(WORD_TYPE, "application/x-&#109;acro"), "damaged"),
    "types in another code": ("a.docx", office(declared=types(WORD_TYPE).encode("utf-16")), "damaged"),
    "no directory": ("a.docx", office(WORD_TYPE)[:-40], "damaged"),
    "only the first bytes": ("a.docx", b"PK\x03\x04" + bytes(100), "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_taken_and_why(case):
    name, body, why = BAD[case]
    upload, found = upload_of(name, body)
    assert upload is None
    assert len(found) == 1 and why in found[0], found


def test_all_that_is_wrong_is_said_at_once():
    assert len(upload_of("a.docx", PDF.replace(b"/Type", b"/S/Launch/Type"))[1]) == 2


def test_at_most_ten_megabytes():
    fits = PDF.replace(b"%%EOF", bytes(MOST_BYTES - len(PDF)) + b"%%EOF")
    assert len(fits) == MOST_BYTES and upload_of("a.pdf", fits)[0]
    assert "10 MB" in upload_of("a.pdf", fits + b"\n")[1][0]


def test_a_list_of_types_that_unpacks_without_end_is_not_unpacked(monkeypatch):
    """100 MB of spaces pack to 100 KB; no more than the bound is read of them."""
    read = []
    whole = zipfile.ZipExtFile.read
    monkeypatch.setattr(zipfile.ZipExtFile, "read", lambda self, n=-1: read.append(len(got := whole(self, n))) or got)
    upload, found = upload_of("a.docx", office(declared=types(WORD_TYPE) + " " * 100_000_000))
    assert upload is None and "damaged" in found[0]
    assert sum(read) < 1_000_000


def test_a_directory_that_claims_too_much_is_not_read(monkeypatch):
    body = bytearray(office(WORD_TYPE))
    place = body.rindex(b"PK\x05\x06")
    body[place + 10 : place + 12] = (60_000).to_bytes(2, "little")
    monkeypatch.setattr(zipfile, "ZipFile", None)  # reading the list would fail
    assert "damaged" in upload_of("a.docx", bytes(body))[1][0]


NAMES = {
    "../../etc/passwd.pdf": "passwd.pdf",
    "C:\\Users\\a\\纪要.pdf": "纪要.pdf",
    "a\x00b\r\n.pdf": "ab.pdf",
    "gpj.\u202efdp.pdf": "gpj.fdp.pdf",  # would read backwards
    "مەجلىس خاتىرىسى.pdf": "مەجلىس خاتىرىسى.pdf",
    "  .hidden..pdf": "hidden.pdf",
    "...": "attachment",
    "a\ud800b.pdf": "ab.pdf",
    "e\u0301.pdf": "é.pdf",
    "x" * 300 + ".pdf": "x" * (NAME_LENGTH - 4) + ".pdf",
}


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_become_plain_ones(name):
    assert clean_name(name) == NAMES[name]


@given(st.text(max_size=300))
def test_no_name_breaks_anything(name):
    cleaned = clean_name(name, ".pdf")
    assert 0 < len(cleaned) <= NAME_LENGTH
    assert not any(is_forbidden(each) or each in "/\\\n\t\u200e\u200f\u061c" for each in cleaned)
    assert clean_name(cleaned, ".pdf") == cleaned


@given(
    st.binary(max_size=2000), st.sampled_from([b"", b"%PDF-", b"PK\x03\x04", b"\xff\xd8\xff", office(WORD_TYPE)[:300]])
)
def test_no_bytes_break_anything(body, start):
    upload, found = upload_of("a.pdf", start + body)
    assert (upload is None) == bool(found)
