"""Files: names and contents that a person gives, or that code makes, stay in their folder.

Bombs in workbooks are in ``tests/tables/test_workbooks.py``.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pyagent.errors import FileError
from pyagent.sandbox.files import WorkFolder

from .attacker import Attacker
from .cases import Case, each

LOOK = """
import os
inside = sorted(os.path.join(folder, name) for folder, _, names in os.walk('.') for name in names)
outside = sorted(os.listdir('..')) + sorted(n for n in os.listdir('/') if 'marked' in n)
final_answer([inside, outside])
"""

GIVEN = [
    Case(name="up", attack="../marked.csv", expected=r"[._]*marked\.csv"),
    Case(name="far up", attack="../../../../marked.csv", expected=r"[._]*marked\.csv"),
    Case(name="from the root", attack="/marked.csv", expected=r"[._]*marked\.csv"),
    Case(name="with a backslash", attack="..\\marked.csv", expected=r"[^\\]*marked\.csv"),
    Case(name="of a drive", attack="c:\\marked.csv", expected=r".*marked\.csv"),
    Case(name="of a stream", attack="marked.csv::$DATA", expected=r".*marked.*"),
    Case(name="hidden", attack=".marked", expected=r".*marked"),
    Case(name="with a null", attack="marked\0.csv", expected=r"marked.*\.csv"),
    Case(name="with line ends", attack="marked\r\nx: y.csv", expected=r"marked.*\.csv"),
    Case(name="that is turned around", attack="marked\u202egnp.csv", expected=r"marked.*\.csv"),
    Case(name="with an escape", attack="\x1b[2Jmarked.csv", expected=r".*marked\.csv"),
    Case(name="with markup", attack="<img src=x onerror=hacked=1>.csv", expected=r".*\.csv"),
    Case(name="of every object", attack="__proto__", expected="_"),
    Case(name="of a device", attack="CON", expected="CON"),
    Case(name="an option", attack="-rf", expected="-rf"),
    Case(name="long", attack="m" * 256 + ".csv", expected=r"m+.*\.csv"),
    Case(name="very long", attack="\U0001f600" * 5_000 + ".csv", expected=r".*\.csv"),
    Case(name="of a module", attack="json.py", expected=r"json\.py"),
    Case(name="half a pair", attack="marked\ud800.csv", expected=r"marked.*\.csv"),
]


@each(GIVEN)
def test_given_file_lands_in_the_work_folder(attacker: Attacker, case: Case) -> None:
    attacker.page.evaluate("document.querySelector('py-agent').clear()")
    inside, outside = attacker.answer(LOOK, files=[(case.attack, "a,b\n1,2\n")])
    assert len(inside) == 1, inside
    assert re.fullmatch(rf"\./{case.expected}", inside[0], re.DOTALL), inside
    assert "marked" not in str(outside)
    assert attacker.page.evaluate("window.hacked ?? null") is None
    assert attacker.answer("import json\nfinal_answer(json.dumps([1]))") == "[1]"


MADE = [
    Case(name="up", attack="../marked.txt", expected="none"),
    Case(name="from the root", attack="/tmp/marked.txt", expected="none"),
    Case(name="hidden", attack=".marked", expected="none"),
    Case(name="turned around", attack="marked\u202etxt.exe", expected="shown"),
    Case(name="with markup", attack="<img src=x onerror=hacked=1>.txt", expected="shown"),
    Case(name="with line ends", attack="marked\n\ny.txt", expected="shown"),
    Case(name="a page", attack="marked.html", expected="shown"),
    Case(name="a drawing", attack="marked.svg", expected="shown"),
    Case(name="a backslash", attack="a\\marked.txt", expected="none"),
]

SCRIPT = (
    "<svg xmlns='http://www.w3.org/2000/svg'><script>top.hacked=1;opener.hacked=1</script></svg>"
)


@each(MADE)
def test_file_that_code_made_is_saved_and_not_opened(attacker: Attacker, case: Case) -> None:
    attacker.page.evaluate("document.querySelector('py-agent').clear()")
    address = attacker.page.url
    attacker.answer(f"open({case.attack!r}, 'w').write({SCRIPT!r})\nfinal_answer(1)")
    produced = [m["file"]["path"] for m in attacker.agent_page.seen("file_produced")]
    assert produced == ([case.attack] if case.expected == "shown" else [])
    buttons = attacker.page.get_by_role("button", name=re.compile("^Download "))
    if produced:
        with attacker.page.expect_download() as download:
            buttons.last.click()
        name = download.value.suggested_filename
        assert not set(name) & set("/\\\n\r\u202e"), name
    assert attacker.page.url == address
    assert attacker.page.evaluate("window.hacked ?? null") is None


def test_link_that_leads_out_is_no_file_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "work").mkdir()
    folder = WorkFolder(tmp_path / "work")
    (tmp_path / "work" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "work" / "up").symlink_to(tmp_path)
    assert folder.changed() == []
    for path in ("link", "up/secret", "up/../secret", "./link"):
        with pytest.raises(FileError):
            folder.read(path)
    with pytest.raises(FileError):
        folder.write("up/secret", b"changed")
    assert (tmp_path / "secret").read_text() == "secret"


def test_bomb_in_an_archive_costs_a_step(attacker: Attacker) -> None:
    code = (
        "import zipfile, io\nmade = io.BytesIO()\n"
        "with zipfile.ZipFile(made, 'w', zipfile.ZIP_DEFLATED) as z:\n"
        "    for n in range(40): z.writestr(f'f{n}', b'0' * 100_000_000)\n"
        "zipfile.ZipFile(made).extractall('.')\nfinal_answer(1)"
    )
    attacker.agent_page.configure(deadlineS=4)
    attacker.keep()
    attacker.run(code)
    assert attacker.goes_on()


def test_formula_in_a_table_is_not_saved_unasked(attacker: Attacker) -> None:
    attacker.page.evaluate("document.querySelector('py-agent').clear()")
    code = (
        "row = {'name': '=HYPERLINK(\"http://evil.example\",\"x\")'}\n"
        "schema = {'fields': [{'name': 'name', 'type': 'string'}]}\n"
        "class Table:\n def _repr_mimebundle_(self, **_):\n  return {'text/plain': 'x',"
        " 'application/vnd.dataresource+json': {'schema': schema, 'data': [row]}}\n"
        "display(Table())\nfinal_answer(1)"
    )
    attacker.answer(code)
    attacker.page.get_by_text("1 step").first.click()
    save = attacker.page.locator("pa-table").get_by_role("button", name=re.compile("CSV|Download"))
    expect(save.last).to_be_visible()
    downloads: list[str] = []
    attacker.page.on("download", lambda download: downloads.append(download.path().read_text()))
    save.last.click()
    attacker.page.wait_for_timeout(500)
    assert not any(re.search(r'(^|,)"?=HYPERLINK', text, re.MULTILINE) for text in downloads)
