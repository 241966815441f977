"""Reads Excel's workbooks, old and new, with openpyxl and xlrd if they are installed.

A workbook is a file of somebody else: what it claims of its sizes is checked before it is unpacked,
and its rows are read one by one.
"""

from __future__ import annotations

import importlib
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from pyagent.tables.formulas import (
    formula_notes,
    formulas_without_values,
    may_be_without_values,
    only_formulas,
)
from pyagent.tables.number_styles import undress
from pyagent.tables.table import MAX_COLUMNS, NotATable, Table
from pyagent.tables.typed import typed_table

MAX_UNPACKED_BYTES = 256 * 1024 * 1024
"""The most bytes that a workbook may have when it is unpacked."""

_MAX_PARTS = 5_000
_MAX_SHEETS = 50
_HEAD_ROWS = 20
_MAX_EMPTY_ROWS = 10_000


def reader_of(module: str) -> Any:
    """An optional library. Raises ``NotATable`` if it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        raise NotATable(
            f"{name} is not installed beside the agent (pip install 'pyagent[data]'); code may "
            "still read the file"
        ) from error


def read_xlsx(data: bytes) -> list[Table]:
    """The sheets that hold anything. Raises ``NotATable``."""
    _check_sizes(data)
    openpyxl = reader_of("openpyxl")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")][:_MAX_SHEETS]
        titles = [sheet.title for sheet in sheets]
        missing: Sequence[Mapping[int, int]] = [{}] * len(titles)
        if may_be_without_values(data):
            missing = formulas_without_values(openpyxl, data, titles)
        return _tables([(sheet.title, partial(_xlsx_rows, sheet)) for sheet in sheets], missing)
    except NotATable:
        raise
    except Exception as error:  # openpyxl raises anything for a file that is not as it should be
        raise _broken("Excel workbook", error) from error


def read_xls(data: bytes) -> list[Table]:
    """The sheets of a workbook as Excel wrote it before 2007. Raises ``NotATable``."""
    xlrd = reader_of("xlrd")
    try:
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), on_demand=True)
        names = book.sheet_names()[:_MAX_SHEETS]
        return _tables([(name, partial(_xls_rows, xlrd, book, name)) for name in names])
    except NotATable:
        raise
    except Exception as error:  # xlrd too
        raise _broken("Excel workbook", error) from error


def _broken(what: str, error: Exception) -> NotATable:
    return NotATable(f"it is no {what} that can be read: {error or type(error).__name__}")


def unpacked_bytes(data: bytes) -> int:
    """How large a workbook says that it is when unpacked. Reading stops at that size."""
    try:
        return sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return 0


def _check_sizes(data: bytes) -> None:
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _broken("Excel workbook", error) from error
    total = sum(part.file_size for part in parts)
    if total > MAX_UNPACKED_BYTES or len(parts) > _MAX_PARTS:
        raise NotATable(
            f"unpacked it has {total:,} bytes in {len(parts):,} parts, and "
            f"{MAX_UNPACKED_BYTES:,} in {_MAX_PARTS:,} are possible"
        )


def _tables(
    sheets: Sequence[tuple[str, Any]], missing: Sequence[Mapping[int, int]] = ()
) -> list[Table]:
    """The sheets that can be read; the first of them says which cannot.

    ``missing`` has the formulas without a value of each sheet, by column.
    """
    tables, left_out = [], []
    for (title, rows), formulas in zip(sheets, missing or [{}] * len(sheets), strict=True):
        try:
            table = _table(title, rows)
        except NotATable as error:
            left_out.append(f"the sheet {title!r} is left out: {error}")
            continue
        if table is not None:
            table.notes += formula_notes(formulas, table.names)
            tables.append(table)
        elif formulas:
            left_out.append(f"the sheet {title!r} is left out: {only_formulas()}")
    if not tables:
        raise NotATable("; ".join(left_out) or "its sheets are empty")
    tables[0].notes += left_out
    return tables


def _table(title: str, rows: Any) -> Table | None:
    header = _header(list(_head(rows)))
    if header is None:
        return None
    start, names = header
    table = typed_table(names, partial(_after, rows, start), title=title)
    if start > 1:
        table.notes.append(f"the table begins in line {start}")
    if start == 0:
        table.notes.append("there is no header line")
    return table


def _head(rows: Any) -> Iterator[Sequence[Any]]:
    """The first rows that hold anything come within these."""
    for number, row in enumerate(rows()):
        if number >= _HEAD_ROWS:
            return
        yield row


def _header(head: list[Sequence[Any]]) -> tuple[int, list[str]] | None:
    """Where the rows after the header begin, counted from 0, and the names of the columns."""
    filled = [sum(cell is not None and cell != "" for cell in row) for row in head]
    most = max(filled, default=0)
    if not most:
        return None
    at = next(i for i, count in enumerate(filled) if count * 2 > most or count == most)
    row = head[at]
    if len(row) > MAX_COLUMNS:
        raise NotATable(f"it has {len(row):,} columns, and {MAX_COLUMNS:,} are possible")
    width = max(len(row) for row in head[at:])
    numeric = all(not isinstance(cell, str) or undress(cell) for cell in row if cell is not None)
    if numeric and len(head) > at + 1 and not all(_is_year(cell) for cell in row):
        return at, [""] * min(width, MAX_COLUMNS)
    names = ["" if cell is None else str(cell) for cell in row]
    return at + 1, names + [""] * (min(width, MAX_COLUMNS) - len(names))


def _is_year(cell: Any) -> bool:
    return isinstance(cell, int | float) and 1900 <= cell <= 2100


def _after(rows: Any, start: int) -> Iterator[Sequence[Any]]:
    """The rows from ``start`` on that hold anything."""
    empty = 0
    for number, row in enumerate(rows()):
        if all(cell is None or cell == "" for cell in row):
            empty += 1
            if empty > _MAX_EMPTY_ROWS:  # a single cell far below, or a claim that costs nothing
                return
        elif number >= start:
            empty = 0
            yield row


def _xlsx_rows(sheet: Any) -> Iterator[Sequence[Any]]:
    sheet.reset_dimensions()  # what the file claims of its size need not be true
    return iter(sheet.iter_rows(values_only=True))


def _xls_rows(xlrd: Any, book: Any, name: str) -> Iterator[Sequence[Any]]:
    sheet = book.sheet_by_name(name)
    for row in range(sheet.nrows):
        yield [_xls_cell(xlrd, book, cell) for cell in sheet.row(row)]


def _xls_cell(xlrd: Any, book: Any, cell: Any) -> Any:
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR):
        return None
    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, book.datemode)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_NUMBER and float(cell.value).is_integer():
        return int(cell.value)
    return cell.value
