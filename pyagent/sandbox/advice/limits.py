"""Says in one line what this place cannot do, for errors of libraries that only hint at it.

``tracebacks`` asks it before ``hints``. In a page there is no network, no thread and no process.
"""

from __future__ import annotations

import sys

NO_NETWORK = "Code here cannot reach the network: use a tool, or the files in this folder"
NO_THREADS = "Threads and processes do not exist here: call the functions one after another"
NO_PROGRAMS = "Other programs cannot be started here: write it in Python"
_NO_PARQUET = "Parquet and Feather need pyarrow, which is not here: use CSV, Excel or JSON in place"
_NO_HELPER = "pip does not work here: import the package first, which installs it if it can be had"

_NETWORK = frozenset(
    {
        *("URLError", "gaierror", "ConnectionError", "urllib3.HTTPError"),
        *("requests.RequestException", "httpx.TransportError", "aiohttp.ClientError"),
        "pyodide.AbortError",
    }
)
"""Classes of errors, some with their library, for an address that could not be reached."""
_IN_PAGES = {
    "TLS not supported in this environment": NO_NETWORK,
    "No module named 'httpcore'": NO_NETWORK,
    "can't start new thread": NO_THREADS,
    "No module named '_multiprocessing'": NO_THREADS,
    "lacks multiprocessing.synchronize": NO_THREADS,
    "does not support processes": NO_PROGRAMS,
}
"""A part of an error's text → what it means in a page."""
_SHORT_CHARS = 60
"""The longest text of an error that is kept before the sentence."""


def limit_met(error: BaseException, text: str) -> str:
    """The whole message for an error at a limit of this place; empty for any other error.

    It is one line. ``text`` is the error's own message, which is kept if it is short.
    """
    if isinstance(error, ImportError) and "Use pip or conda" in text:
        needs_arrow = any(name in text for name in ("parquet", "feather", "pyarrow"))
        return _NO_PARQUET if needs_arrow else f"{text.partition(chr(10))[0][:200]}. {_NO_HELPER}"
    if sys.platform != "emscripten":
        return ""
    if isinstance(error, RuntimeError | OSError | ImportError):
        for part, meaning in _IN_PAGES.items():
            if part in text:
                return meaning
    return _after(text, NO_NETWORK) if _is_of_network(error, text) else ""


def _after(text: str, sentence: str) -> str:
    is_short = text and len(text) <= _SHORT_CHARS and "\n" not in text
    return f"{text.rstrip('.')}. {sentence}" if is_short else sentence


def _is_of_network(error: BaseException, text: str) -> bool:
    """Whether a library could not reach an address, whatever it calls that."""
    if _root(type(error)) == "pyodide.JsException":
        return "PythonError" in text or "can be reached" in text  # what our ``fetch`` answers
    names = {name for cls in type(error).__mro__ for name in (cls.__name__, _root(cls))}
    return not names.isdisjoint(_NETWORK)


def _root(cls: type) -> str:
    return f"{cls.__module__.partition('.')[0]}.{cls.__name__}"
