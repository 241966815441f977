"""Converts HTML to readable Markdown for models. The web tools use it.

It is small on purpose and uses the standard library's parser: the known converters need lxml or
BeautifulSoup, or have a copyleft licence, and a model needs only headings, lists, links, tables and
code. The result is text for a model and is never turned back into HTML.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

_SKIPPED = {"script", "style", "noscript", "template", "svg", "iframe", "form", "button", "head"}
_BOILERPLATE = {"nav", "footer", "aside"}
_BLOCKS = {
    *("address", "article", "blockquote", "dd", "details", "div", "dl", "dt", "fieldset"),
    *("figcaption", "figure", "header", "hr", "main", "ol", "p", "section", "summary"),
    *("table", "ul"),
}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}


def html_to_markdown(html: str, base_url: str = "") -> str:
    """Return the text of a page with its structure. ``base_url`` makes links absolute."""
    reader = _Reader(base_url)
    reader.feed(html)
    reader.close()
    body = reader.text()
    return f"# {reader.title}\n\n{body}" if reader.title and reader.title not in body else body


class _Reader(HTMLParser):
    """Collects text as tags are parsed. It builds no tree, so deep nesting does no harm."""

    def __init__(self, base_url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self._base_url = base_url
        self._out: list[str] = []
        self._skipping: list[str] = []
        self._lists: list[int | None] = []
        self._link: str | None = None
        self._link_start = 0
        self._in_title = False
        self._preformatted = 0
        self._cells = 0

    def text(self) -> str:
        """The text read so far, with at most one empty line in a row."""
        lines = "".join(self._out).split("\n")
        text = "\n".join(line.rstrip() for line in lines)
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title" and not self.title:
            self._in_title = True
        if tag in _SKIPPED or tag in _BOILERPLATE:
            self._skipping.append(tag)
        if self._skipping:
            return
        if tag in _HEADINGS:
            self._out.append(f"\n\n{'#' * int(tag[1])} ")
        elif tag == "br":
            self._out.append(" " if self._cells else "\n")
        elif tag in ("ul", "ol"):
            self._out.append("\n" if self._lists else "\n\n")
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._start_item()
        elif tag == "pre":
            self._preformatted += 1
            self._out.append("\n\n```\n")
        elif tag == "code" and not self._preformatted:
            self._out.append("`")
        elif tag == "tr":
            self._out.append("\n")
            self._cells = 0
        elif tag in ("td", "th"):
            self._out.append(" | " if self._cells else "| ")
            self._cells += 1
        elif tag == "a":
            self._start_link(dict(attrs).get("href") or "")
        elif tag in _BLOCKS and not self._cells:
            self._out.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if self._skipping:
            # An end tag also closes the tags left open inside its element.
            if tag in self._skipping:
                del self._skipping[self._skipping.index(tag) :]
            return
        if tag in _HEADINGS:
            self._out.append("\n\n")
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._out.append("\n" if self._lists else "\n\n")
        elif tag == "pre" and self._preformatted:
            self._preformatted -= 1
            self._out.append("\n```\n\n")
        elif tag == "code" and not self._preformatted:
            self._out.append("`")
        elif tag == "tr" and self._cells:
            self._out.append(" |")
            self._cells = 0
        elif tag == "a":
            self._end_link()
        elif tag in _BLOCKS and not self._cells:
            self._out.append("\n\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title = f"{self.title} {data}".strip()
        elif self._skipping:
            return
        elif self._preformatted:
            self._out.append(data)
        else:
            self._append_flowing(data)

    def _append_flowing(self, data: str) -> None:
        text = re.sub(r"\s+", " ", data)
        if not self._out or self._out[-1].endswith(("\n", " ")):
            text = text.lstrip()
        if text:
            self._out.append(text)

    def _start_item(self) -> None:
        indent = "  " * (len(self._lists) - 1)
        if self._lists and self._lists[-1] is not None:
            self._lists[-1] += 1
            self._out.append(f"\n{indent}{self._lists[-1]}. ")
        else:
            self._out.append(f"\n{indent}- ")

    def _start_link(self, href: str) -> None:
        self._link = urljoin(self._base_url, href) if href and not href.startswith("#") else None
        self._link_start = len(self._out)

    def _end_link(self) -> None:
        if self._link and self._link.startswith(("http://", "https://")):
            text = " ".join("".join(self._out[self._link_start :]).split())
            del self._out[self._link_start :]
            if text:
                self._out.append(f"[{text}]({self._link})")
        self._link = None
