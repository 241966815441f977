"""HTML is converted to Markdown that a model can read."""

from __future__ import annotations

import pytest

from pyagent.tools.builtin.markup import html_to_markdown

PAGES = {
    "headings": ("<h1>A <em>b</em></h1><h3>C</h3>x", "# A b\n\n### C\n\nx"),
    "spaces": ("<p>  a \n b&nbsp;&amp; <b>c</b> d</p>", "a b & c d"),
    "paragraphs": ("<div><p>a</p><p>b<br>c</p></div>", "a\n\nb\nc"),
    "lists": ("<ul><li>a<li>b<ol><li>c</li><li>d</ol></ul>e", "- a\n- b\n\n  1. c\n  2. d\n\ne"),
    "links": (
        "<a href='x y'> t </a><a href='#f'>f</a><a href='mailto:a'>m</a>",
        "[t](https://s.org/x y)fm",
    ),
    "images": ("a<img src='x.png' alt='no'>b", "ab"),
    "tables": (
        "<table><tr><th>A<th>B</tr><tr><td><p>1</p></td><td>2<br>3</td></tr></table>",
        "| A | B |\n| 1 | 2 3 |",
    ),
    "code": (
        "<p>Use <code>x  = 1</code>:</p><pre>a\n  b</pre>",
        "Use `x = 1`:\n\n```\na\n  b\n```",
    ),
    "hidden": (
        "<script>var a='<p>'</script><style>p{}</style><nav>n</nav><footer>f</footer>text",
        "text",
    ),
    "unclosed": ("<ul><li><a href='/x'>t<p>more", "- t\n\nmore"),
    "stray ends": ("</ul></a></pre>x</table>", "x"),
    "title": ("<head><title>My &amp; page</title></head><body>Hi</body>", "# My & page\n\nHi"),
    "comments": ("a<!-- b -->c", "ac"),
}


@pytest.mark.parametrize(("html", "markdown"), PAGES.values(), ids=PAGES)
def test_structure_is_kept(html: str, markdown: str) -> None:
    assert html_to_markdown(html, "https://s.org/") == markdown


def test_deeply_nested_page_is_harmless() -> None:
    assert html_to_markdown("<div>" * 20_000 + "x") == "x"
