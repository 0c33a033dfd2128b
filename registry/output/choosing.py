"""Cells of a workbook of our own in which one chooses from a list."""

import io
from collections.abc import Mapping, Sequence

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation


def with_choices(
    body: bytes, *, sheet: str, rows: tuple[int, int], lists: str, choices: Mapping[int, tuple[int, Sequence[str]]]
) -> bytes:
    """Return a workbook the writer made with drop-downs in `sheet` from the first to the last of `rows`, as Excel counts.

    `choices` are by column (from 0): the column of the sheet `lists` that holds the texts below its heading, and the texts.
    Another text can be typed; the program only asks whether that is meant.
    """
    book = load_workbook(io.BytesIO(body))
    table = book[sheet]
    for column, (source, texts) in choices.items():
        if not texts:
            continue
        letter = get_column_letter(source + 1)
        chosen = DataValidation(
            type="list",
            formula1=f"={quote_sheetname(lists)}!${letter}$2:${letter}${len(texts) + 1}",
            allow_blank=True,
            errorStyle="warning",
            showErrorMessage=True,
        )
        table.add_data_validation(chosen)
        letter = get_column_letter(column + 1)
        chosen.add(f"{letter}{rows[0]}:{letter}{rows[1]}")
    finished = io.BytesIO()
    book.save(finished)
    return finished.getvalue()
