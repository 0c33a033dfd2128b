"""What WeasyPrint leaves open in the tags of a PDF, closed before the file is written, so that it keeps PDF/UA-1 (ISO 14289-1).

Three things: a head cell says of what it is the head (`Scope`), in place of lists of heads that are wrong where cells are merged
down; what repeats on every page (page number, running line, copy number) is an artifact of the page and not text of the
document; and nothing that the tags do not reach stays in the file.
"""

from collections.abc import Iterator
from typing import Any

import pydyf


def complete_tags(_document: Any, pdf: pydyf.PDF) -> None:
    """Finish the tags of a file that is about to be written; the form of a `finisher` of WeasyPrint."""
    root = _object(pdf, pdf.catalog["StructTreeRoot"])
    reached = set()
    for element, ancestors in _elements(pdf, root["K"][0], ()):
        reached.add(element.number)
        if element["S"] == "/TH":
            element["A"] = _attributes(element, Scope=_scope(pdf, element, ancestors))
        elif element["S"] == "/TD":
            element["A"] = _attributes(element)
    _set_apart_what_repeats(pdf, _object(pdf, root["ParentTree"])["Nums"], reached)


def _object(pdf: pydyf.PDF, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]


def _elements(pdf: pydyf.PDF, reference: bytes, ancestors: tuple[str, ...]) -> Iterator[tuple[pydyf.Dictionary, tuple]]:
    """Yield every element of the tags from `reference` down, each with the kinds of those around it, the nearest last."""
    element = _object(pdf, reference)
    yield element, ancestors
    for kid in element["K"]:
        if isinstance(kid, bytes) and _object(pdf, kid).get("Type") == "/StructElem":
            yield from _elements(pdf, kid, (*ancestors, element["S"]))


def _attributes(element: pydyf.Dictionary, **more: str) -> pydyf.Dictionary:
    kept = {name: value for name, value in element["A"].items() if name != "Headers"}
    return pydyf.Dictionary(kept | more)


def _scope(pdf: pydyf.PDF, element: pydyf.Dictionary, ancestors: tuple[str, ...]) -> str:
    """Return of what a head cell is the head: of columns in the head of a table or alone in its row, else of its row."""
    row = _object(pdf, element["P"])
    is_alone = sum(_object(pdf, kid)["S"] in ("/TH", "/TD") for kid in row["K"]) == 1
    return "/Column" if "/THead" in ancestors or is_alone else "/Row"


def _set_apart_what_repeats(pdf: pydyf.PDF, numbers: list, reached: set[int]) -> None:
    """Turn marked content whose element is not among `reached` into artifacts of the page, and let go of these elements."""
    for parents, reference in zip(numbers[1::2], pdf.page_references, strict=False):  # then come annotations
        apart = {place for place, parent in enumerate(parents) if int(parent.split()[0]) not in reached}
        stream = _object(pdf, _object(pdf, reference)["Contents"]).stream
        for place, item in enumerate(stream):
            if isinstance(item, pydyf.Dictionary) and item.get("MCID") in apart:
                stream[place - 1 : place + 1] = ["/Artifact", pydyf.Dictionary({"Type": "/Pagination"})]
        parents[:] = ["null" if place in apart else parent for place, parent in enumerate(parents)]
    for each in pdf.objects:
        if isinstance(each, pydyf.Dictionary) and each.get("Type") == "/StructElem" and each.number not in reached:
            each.clear()
