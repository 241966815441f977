"""What code habitually does and cannot do in a page is answered with what to use instead."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pyagent.protocol.guest import Display, Executed, Output
from pyagent.sandbox.kernel import Kernel

NETWORK = "Code here cannot reach the network: use a tool, or the files in this folder"


def library(name: str, base: type[Exception], error: str) -> type[Exception]:
    """An exception class of a library that is not installed."""
    return type(error, (base,), {"__module__": f"{name}.exceptions"})


def execute(tmp_path: Path, code: str, **names: Any) -> tuple[Executed, list[Display]]:
    sent: list[Output | Display] = []
    kernel = Kernel(work_dir=tmp_path, send=sent.append)
    kernel.namespace.update(names)
    done = kernel.execute(code, 1)
    return done, [message for message in sent if isinstance(message, Display)]


def message(tmp_path: Path, code: str, **names: Any) -> str:
    done, _ = execute(tmp_path, code, **names)
    assert done.error is not None
    return done.error.message


@pytest.mark.parametrize(
    ("name", "base", "error"),
    [
        ("requests", OSError, "RequestException"),
        ("urllib3", Exception, "HTTPError"),
        ("httpx", Exception, "TransportError"),
        ("aiohttp", Exception, "ClientError"),
        ("urllib", OSError, "URLError"),
        ("socket", OSError, "gaierror"),
    ],
)
def test_a_failed_request_says_that_there_is_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, base: type[Exception], error: str
) -> None:
    failed = type("Special", (library(name, base, error),), {"__module__": name})
    code = "raise Failed('no route')"
    assert NETWORK not in message(tmp_path, code, Failed=failed)
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert message(tmp_path, code, Failed=failed) == f"no route. {NETWORK}"


def test_errors_that_are_not_of_the_network_get_no_such_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert NETWORK not in message(tmp_path, "raise OSError('full')")
    assert NETWORK not in message(tmp_path, "class HTTPError(Exception): pass\nraise HTTPError")


def test_a_thread_that_cannot_start_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    said = message(tmp_path, 'raise RuntimeError("can\'t start new thread")')
    assert said.endswith("call the functions one after another")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("`Import pyarrow` failed. Use pip or conda to install it.", "CSV, Excel or JSON"),
        ("`Import tables` failed. Use pip or conda to install it.", "import the package first"),
    ],
)
def test_pip_is_not_recommended(tmp_path: Path, text: str, advice: str) -> None:
    assert advice in message(tmp_path, f"raise ImportError({text!r})")


class Pyplot(ModuleType):
    """A stand-in for matplotlib, with one open figure."""

    def __init__(self) -> None:
        super().__init__("matplotlib.pyplot")
        self.open = {1: self.Figure()}

    class Figure:
        """Its picture is always the same."""

        __module__ = "matplotlib.figure"

        def savefig(self, file: Any, **options: Any) -> None:
            file.write(b"a picture")

    def get_fignums(self) -> list[int]:
        return list(self.open)

    def figure(self, number: int) -> Any:
        return self.open[number]

    def close(self, number: int) -> None:
        del self.open[number]


@pytest.fixture
def pyplot(monkeypatch: pytest.MonkeyPatch) -> Pyplot:
    made = Pyplot()
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", made)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", made)
    return made


@pytest.mark.parametrize(
    ("end", "displays"),
    [("final_answer(1)", 1), ("final_answer(figure)", 0), ("x = 1", 1), ("figure", 0)],
)
def test_an_open_figure_is_shown_once_however_the_code_ends(
    pyplot: Pyplot, tmp_path: Path, end: str, displays: int
) -> None:
    done, shown = execute(tmp_path, end, figure=pyplot.open[1])
    assert done.error is None
    assert len(shown) == displays
    assert pyplot.open == {}


@pytest.mark.parametrize("end", ["x = 1", "final_answer(1)", "1"])
def test_a_figure_that_display_showed_is_not_shown_again(
    pyplot: Pyplot, tmp_path: Path, end: str
) -> None:
    done, shown = execute(tmp_path, f"display(figure)\n{end}", figure=pyplot.open[1])
    assert done.error is None
    assert len(shown) == 1
    assert pyplot.open == {}


def test_a_figure_that_changed_after_it_was_shown_is_shown_again(
    pyplot: Pyplot, tmp_path: Path
) -> None:
    code = "display(figure)\nfigure.savefig = lambda file, **options: file.write(b'more')"
    done, shown = execute(tmp_path, code, figure=pyplot.open[1])
    assert done.error is None
    assert len(shown) == 2


def test_a_figure_without_anything_in_it_is_closed_and_not_shown(
    pyplot: Pyplot, tmp_path: Path
) -> None:
    pyplot.open[1].get_children = lambda: ["the background"]
    done, shown = execute(tmp_path, "x = 1")
    assert (done.error, shown, pyplot.open) == (None, [], {})


def test_a_figure_that_cannot_be_drawn_as_svg_is_still_a_picture(
    pyplot: Pyplot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    done, shown = execute(tmp_path, "x = 1")
    assert done.error is None
    assert [sorted(message.bundle) for message in shown] == [["image/png", "text/plain"]]
