"""Reading PDFs back in tests: their tags, and which rules of PDF/UA-1 (ISO 14289-1) that a program can check they break."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import pdfplumber
from pdfminer.pdftypes import PDFObjRef, resolve1
from PIL import Image

MM = 72 / 25.4
_WITHIN = {
    "THead": {"Table"},
    "TBody": {"Table"},
    "TR": {"Table", "THead", "TBody"},
    "TH": {"TR"},
    "TD": {"TR"},
    "LI": {"L"},
    "Lbl": {"LI"},
    "LBody": {"LI"},
}
_KINDS = {
    "Document", "Part", "Sect", "Div", "P", "H1", "H2", "H3", "L", "LI", "Lbl", "LBody", "Table", "THead", "TBody", "TR", "TH",
    "TD", "Span", "Figure", "NonStruct", "Link", "Caption",
}  # fmt: skip


def opened(body: bytes) -> pdfplumber.PDF:
    """Return a PDF to be read and closed."""
    return pdfplumber.open(io.BytesIO(body))


@dataclass
class Element:
    """An element of the tags: its kind, its attributes, what is within it, the marked content it holds as (page, number)."""

    kind: str
    attributes: dict
    alternative: str
    within: str
    kids: list["Element"] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)

    def every(self, kind: str = "") -> Iterator["Element"]:
        """Yield this element and all below it in order, or only those of a kind."""
        if not kind or self.kind == kind:
            yield self
        for kid in self.kids:
            yield from kid.every(kind)


def tags(document: pdfplumber.PDF) -> Element:
    """Return the tags of a document from its root element down."""
    pages = {page.page_obj.pageid: number for number, page in enumerate(document.pages)}

    def element(given, within: str) -> Element:
        raw = resolve1(given)
        kind = raw["S"].name
        alternative = raw.get("Alt", b"")
        found = Element(kind, resolve1(raw.get("A")) or {}, alternative, within)
        for kid in raw["K"]:
            if isinstance(kid, int):
                found.marks.append((pages[raw["Pg"].objid], kid))
            else:
                found.kids.append(element(kid, kind))
        return found

    (top,) = resolve1(resolve1(document.doc.catalog["StructTreeRoot"])["K"])
    return element(top, "")


def ua_problems(body: bytes) -> list[str]:
    """Return a sentence for every rule of PDF/UA-1 that the file breaks, of those checked here."""
    with opened(body) as document:
        root = tags(document)
        return [*_about_the_file(document), *_about_the_tags(root), *_about_the_content(document, root)]


def _about_the_file(document: pdfplumber.PDF) -> Iterator[str]:
    catalog = document.doc.catalog
    about = resolve1(catalog["Metadata"]).get_data().decode()
    title = document.metadata.get("Title", "")
    if 'pdfuaid:part="1"' not in about:
        yield "the metadata do not name PDF/UA-1"
    if not title or f">{title.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</" not in about:
        yield "the metadata have no title, or another one than the file"
    if resolve1(catalog["ViewerPreferences"]).get("DisplayDocTitle") is not True:
        yield "the window shows the name of the file, not the title"
    if not catalog.get("Lang") or resolve1(catalog["MarkInfo"]).get("Marked") is not True:
        yield "no language, or not marked as tagged"
    for number, page in enumerate(document.pages, start=1):
        if page.annots or page.page_obj.attrs["Tabs"].name != "S":
            yield f"page {number}: annotations, or another order of tabs than that of the tags"
        fonts = resolve1(resolve1(page.page_obj.resources)["Font"])
        for name, font in ((name, resolve1(font)) for name, font in fonts.items()):
            (descendant,) = (resolve1(each) for each in resolve1(font["DescendantFonts"]))
            embedded = {"FontFile", "FontFile2", "FontFile3"} & set(resolve1(descendant["FontDescriptor"]))
            if not embedded or "ToUnicode" not in font:
                yield f"page {number}: font {name} is not embedded, or does not tell its characters"


def _about_the_tags(root: Element) -> Iterator[str]:
    if root.kind != "Document":
        yield "the root is no document"
    headings = [int(each.kind[1]) for each in root.every() if each.kind in ("H1", "H2", "H3")]
    if headings[:1] != [1] or any(after > before + 1 for before, after in pairwise(headings)):
        yield f"headings leave a step out: {headings}"
    for each in root.every():
        if each.kind not in _KINDS:
            yield f"{each.kind} is no kind of the standard"
        if each.within not in _WITHIN.get(each.kind, {each.within}):
            yield f"{each.kind} within {each.within}"
        if each.kind == "TH" and each.attributes["Scope"].name not in ("Row", "Column"):
            yield "a head cell of nothing"
        if each.kind == "Figure" and not (each.alternative and "BBox" in each.attributes):
            yield "a picture without words for it"
    for table in root.every("Table"):
        widths = set(_widths(list(table.every("TR"))))
        if len(widths) != 1:
            yield f"rows of different widths: {widths}"


def _widths(rows: list[Element]) -> Iterator[int]:
    """Yield how many columns every row of a table covers, with the cells that reach down into it."""
    reaching: list[int] = []
    for row in rows:
        width = sum(cell.attributes.get("ColSpan", 1) for cell in row.kids) + len(reaching)
        reaching = [left - 1 for left in reaching if left > 1]
        for cell in row.kids:
            if (down := cell.attributes.get("RowSpan", 1)) > 1:
                reaching += [down - 1] * cell.attributes.get("ColSpan", 1)
        yield width
    if reaching:
        yield 0  # a cell reaches below the end of its table


def _about_the_content(document: pdfplumber.PDF, root: Element) -> Iterator[str]:
    tagged = {mark for each in root.every() for mark in each.marks}
    parents = resolve1(resolve1(document.doc.catalog["StructTreeRoot"])["ParentTree"])["Nums"][1::2]
    for number, page in enumerate(document.pages):
        held = {place for place, parent in enumerate(resolve1(parents[number])) if isinstance(parent, PDFObjRef)}
        if held != {mark for on, mark in tagged if on == number}:
            yield f"page {number + 1}: the tree of parents holds other content than the tags"
        for thing in (*page.chars, *page.images, *page.rects, *page.lines, *page.curves):
            if thing["mcid"] is None:
                if thing["tag"] != "Artifact":
                    yield f"page {number + 1}: {thing['object_type']} neither tagged nor an artifact"
            elif (number, thing["mcid"]) not in tagged:
                yield f"page {number + 1}: content that no tag reaches"
        if "\ufffd" in (text := "".join(char["text"] for char in page.chars)) or "(cid:" in text:
            yield f"page {number + 1}: a glyph without a character"


# ---- what a sheet says and how it looks, in a form that can be kept

# The head of the audit chain is another one in every database.
_HEAD = re.compile(r"(?:\d+ ?)?sha256:[0-9a-f]{64}|(?<=[:：])\s?\d+\s?$")
# How many cells a page is divided into to tell how dark each is.
_ACROSS, _DOWN = 24, 32


def described(document: pdfplumber.PDF) -> list[list]:
    """Return what is on paper, page by page.

    ["page", width, height]; ["text", left, top, size, font, text] for each piece of a line; ["ink", shades 0 to f] for a row of the
    page divided into cells; then ["row", [kind, text, columns, rows], …] for each row of its tables. Millimetres, points.
    """
    found: list[list] = []
    for page in document.pages:
        found.append(["page", round(page.width / MM, 1), round(page.height / MM, 1)])
        found += [_piece(chars) for chars in _pieces(page)]
        found += [["ink", shades] for shades in _ink(page)]
    texts = texts_of_marks(document)
    for row in tags(document).every("TR"):
        found.append(["row", *([cell.kind, _said(cell, texts), *_spans(cell)] for cell in row.kids)])
    return found


def _pieces(page) -> list[list[dict]]:
    """Return the characters of a page in runs of one element or margin box, on one line, of one font and size."""
    runs: list[list[dict]] = []
    for char in page.chars:
        last = runs[-1][-1] if runs else None
        same = ("mcid", "fontname", "size")
        if last and all(char[name] == last[name] for name in same) and abs(char["top"] - last["top"]) < 1:
            runs[-1].append(char)
        else:
            runs.append([char])
    return runs


def _piece(chars: list[dict]) -> list:
    first = chars[0]
    text = "".join(char["text"] for char in chars)
    if first["mcid"] is None:
        text = _HEAD.sub("HEAD", text)
    font = first["fontname"].partition("+")[2]
    return ["text", round(first["x0"] / MM, 1), round(first["top"] / MM, 1), round(first["size"], 1), font, text]


def _ink(page) -> list[str]:
    picture = page.to_image(resolution=36, antialias=True).original.convert("L")
    small = picture.resize((_ACROSS, _DOWN), Image.Resampling.BOX).tobytes()
    shades = [min(15, (255 - light) // 6) for light in small]
    return [
        "".join(f"{shade:x}" for shade in shades[start : start + _ACROSS]) for start in range(0, len(shades), _ACROSS)
    ]


def texts_of_marks(document: pdfplumber.PDF) -> dict[tuple[int, int], str]:
    """Return the text of each piece of marked content by (page, number)."""
    texts: dict[tuple[int, int], str] = {}
    for number, page in enumerate(document.pages):
        for char in page.chars:
            if char["mcid"] is not None:
                mark = number, char["mcid"]
                texts[mark] = texts.get(mark, "") + char["text"]
    return texts


def _said(element: Element, texts: dict[tuple[int, int], str]) -> str:
    return "".join(texts.get(mark, "") for each in element.every() for mark in each.marks)


def _spans(cell: Element) -> tuple[int, int]:
    return cell.attributes.get("ColSpan", 1), cell.attributes.get("RowSpan", 1)


def element_texts(document: pdfplumber.PDF, *kinds: str) -> list[str]:
    """Return the text of every element of these kinds that has one, in order."""
    texts = texts_of_marks(document)
    found = [_said(each, texts) for each in tags(document).every() if each.kind in kinds]
    return [text for text in found if text.strip()]


def page_texts(document: pdfplumber.PDF) -> list[str]:
    """Return what is printed, a text for each piece of a line."""
    return ["".join(char["text"] for char in chars) for page in document.pages for chars in _pieces(page)]
