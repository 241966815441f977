"""Runs steps of code in a lasting namespace, and reports their output, value and errors.

The guest calls it, one step at a time. It does not know how messages travel. Whatever differs
between platforms arrives as an argument.
"""

from __future__ import annotations

import builtins
import importlib
import io
import re
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from functools import wraps
from inspect import CO_COROUTINE
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, TypeVar

from pyagent.protocol.guest import Answer, Bundle, Display, ErrorInfo, Executed, Json, Output
from pyagent.sandbox.asking import Ask, asking, make_input, nobody
from pyagent.sandbox.compiling import PASSING_NAME, compile_step
from pyagent.sandbox.files import WorkFolder
from pyagent.sandbox.imports import Install, MissingModules
from pyagent.sandbox.interrupts import Interrupted, Interrupts
from pyagent.sandbox.output import OutputHub, StreamName, make_stream
from pyagent.sandbox.results.answers import AnswerSlot, FinalAnswer
from pyagent.sandbox.results.bundles import answer_bundle, to_bundle
from pyagent.sandbox.results.displays import NAMES, showing
from pyagent.sandbox.results.figures import open_figures
from pyagent.sandbox.results.images import opened
from pyagent.sandbox.sources import FILE_PREFIX, file_name
from pyagent.sandbox.texts import safe_repr, safe_text, short_repr
from pyagent.sandbox.top_level_await import LoopRunner
from pyagent.sandbox.tracebacks import error_info
from pyagent.sandbox.values import to_data

T = TypeVar("T")
RunAsync = Callable[[Coroutine[Any, Any, Any]], Any]
MAX_DISPLAYS = 100
"""The most displays in one step."""

_MAX_ANSWER_CHARS = 1_000_000
_MAX_VARIABLES = 500
_LAST_CHARS = 1_000
"""Length of the text of a variable that the end of the code set: it stands for the outcome."""


class Kernel:
    """One namespace. ``send`` receives ``Output`` and ``Display`` while code runs.

    ``run_async`` runs a coroutine to its end; None means an event loop of CPython. ``ask`` asks the
    person what code wants to know.
    """

    def __init__(
        self,
        *,
        work_dir: Path,
        send: Callable[[Output | Display], None],
        interrupts: Interrupts | None = None,
        run_async: RunAsync | None = None,
        install: Install | None = None,
        ask: Ask = nobody,
        descriptors: tuple[int, int] | None = None,
    ) -> None:
        self.files = WorkFolder(work_dir)
        self.output = OutputHub(self._send_output)
        self.module = ModuleType("__main__")
        self.namespace: dict[str, Any] = self.module.__dict__
        self._send = send
        self.interrupts = interrupts or Interrupts()
        self._run_async = run_async or LoopRunner()
        self._ask = ask
        self._answer = AnswerSlot(FILE_PREFIX)
        self._step = 0
        self._displays = 0
        self._set_last: tuple[str, ...] = ()
        """The names that the end of the step gives values to."""
        self._notes: list[str] = []
        out, err = descriptors or (None, None)
        self._stdout = make_stream(self.output, "stdout", out)
        self._stderr = make_stream(self.output, "stderr", err)
        self._own: dict[str, Any] = {
            "final_answer": self._answer.final_answer,
            "input": make_input(ask),
            "exit": _exit,
            "quit": _exit,
            **NAMES,
            PASSING_NAME: (FinalAnswer, Interrupted),
        }
        self._builtins: dict[str, Any] = {}
        self._tool_names: set[str] = set()
        self._finder = MissingModules(
            install, tools=self._tool_names, own_files=(FILE_PREFIX, str(self.files.path))
        )
        self.namespace["__builtins__"] = self._builtins
        self.set_tools({})

    def set_tools(self, tools: Mapping[str, Any]) -> None:
        """Offer these functions instead of the earlier ones.

        A tool ``final_answer`` is asked for the answer, and then ours ends the code with it.
        """
        self._tool_names.clear()
        self._tool_names.update(tools)
        self._builtins.clear()
        self._builtins.update({**vars(builtins), **tools, **self._own})
        if (asked := tools.get("final_answer")) is not None:
            self._builtins["final_answer"] = self._ending_with(asked)

    def _ending_with(self, tool: Callable[..., Any]) -> Callable[..., None]:
        @wraps(tool)
        def final_answer(*args: Any, **kwargs: Any) -> None:
            self._answer.final_answer(tool(*args, **kwargs))

        return final_answer

    def set_variables(self, variables: Mapping[str, Json]) -> None:
        """Bind names in the namespace."""
        self.namespace.update(opened(dict(variables)))

    def note(self, text: str) -> None:
        """Print ``text`` on stderr at the start of the next step."""
        self._notes.append(text)

    def flush_output(self) -> None:
        """Send what was printed so far. Called before the code waits for something."""
        for stream in (self._stdout, self._stderr):
            if not stream.closed:
                stream.flush()
        self.output.flush()

    def execute(self, code: str, step: int) -> Executed:
        """Run a step. Whatever the code does, short of ending the process, is reported."""
        self._step, self._displays, self._set_last = step, 0, ()
        self._answer.clear()
        self.namespace.pop("final_answer", None)  # an assignment would hide ours for ever
        self.namespace["__builtins__"] = self._builtins
        before = dict(self.namespace)
        self.output.begin()
        while self._notes:
            self.output.write("stderr", f"{self._notes.pop(0)}\n")
        with self.as_main():
            value, error = self._attempt(lambda: self._run(code, file_name(step)))
            self._answer.release()
            answer = None
            if self._answer.given:  # no matter how the code went on after it
                answer, error = self._attempt(self._take_answer)
                self._attempt(lambda: self._show_figures(self._answer.value))
            bound, _ = self._attempt(lambda: self._bound_since(before))
            info = None
            if error is not None:
                info = error_info(error, file_name(step), [*self.namespace, *self._builtins])
                info = self._restore_hidden_tools(info)
            self.flush_output()
            self.output.end()
        return Executed(
            id=step,
            value=None if answer else value,
            answer=answer,
            error=info,
            variables=bound or {},
            files=self.files.changed(),
        )

    def _attempt(self, work: Callable[[], T]) -> tuple[T | None, BaseException | None]:
        """Do work that runs generated code. Returns an exception instead of raising it."""
        try:
            with self.interrupts.allowed():
                return work(), None
        except BaseException as error:
            return None, error

    def _run(self, code: str, filename: str) -> Bundle | None:
        compiled = compile_step(code, filename, self._tool_names)
        self._set_last = compiled.set_last
        if compiled.body is not None:
            self._evaluate(compiled.body)
        value = self._evaluate(compiled.last) if compiled.last is not None else None
        bundle = None if value is None else to_bundle(value)
        self._show_figures(value)
        return bundle

    def _show_figures(self, shown: Any) -> None:
        """Show the figures that the code left open, except one that is shown already."""
        for figure in open_figures(shown):
            self._show(to_bundle(figure))

    def _evaluate(self, code: CodeType) -> Any:
        value = eval(code, self.namespace)
        return self._run_async(value) if code.co_flags & CO_COROUTINE else value

    def _take_answer(self) -> Answer:
        value = self._answer.value
        bundle = answer_bundle(value)
        try:
            if isinstance(value, str):
                whole: Json = safe_text(value, _MAX_ANSWER_CHARS)
            else:
                whole = to_data(value, max_chars=_MAX_ANSWER_CHARS, odd_parts_as_text=True)
        except Exception:  # also what a value's own methods raise; its text is always there
            whole = None
        if whole is None and value is not None:  # such as NaN, which would seem to be no answer
            whole = bundle["text/plain"]
        return Answer(value=whole, bundle=bundle)

    def _bound_since(self, before: Mapping[str, Any]) -> dict[str, str]:
        missing = object()
        bound = {}
        for name, value in list(self.namespace.items()):
            if before.get(name, missing) is value:
                continue
            if not (name.startswith("_") or isinstance(value, ModuleType)):
                is_last = name in self._set_last
                bound[name] = safe_repr(value, _LAST_CHARS) if is_last else short_repr(value)
                if len(bound) >= _MAX_VARIABLES:
                    break
        return bound

    def _restore_hidden_tools(self, error: ErrorInfo) -> ErrorInfo:
        """Bring back tools whose names the code gave to values and then called."""
        if not error.message.endswith("object is not callable"):
            return error
        called = set(re.findall(r"\b(\w+)\(", error.source_line or ""))
        hidden = sorted(called & self._tool_names & self.namespace.keys())
        for name in hidden:
            del self.namespace[name]
        advice = f". {', '.join(hidden)} is a function: give its result another name"
        return replace(error, message=error.message + advice) if hidden else error

    def _send_output(self, stream: StreamName, text: str) -> None:
        self._send(Output(id=self._step, stream=stream, text=text))

    def _show(self, bundle: Bundle) -> None:
        self._displays += 1
        if self._displays > MAX_DISPLAYS:
            raise RuntimeError(f"A step may display at most {MAX_DISPLAYS} things.")
        self.flush_output()
        self._send(Display(id=self._step, bundle=bundle))

    @contextmanager
    def as_before(self) -> Iterator[None]:
        """Like ``as_main``, for restoring variables: packages that they need are installed."""
        self._finder.restoring = True
        try:
            with self.as_main():
                yield
        finally:
            self._finder.restoring = False

    def preload(self, modules: Iterable[str], *, may_install: bool = True) -> bool:
        """Import modules without binding their names, and without showing what they print.

        ``may_install`` lets missing modules be installed. Returns whether all were imported.
        """
        done = True
        self._finder.resting = not may_install
        with self.as_before(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            for module in modules:
                try:
                    importlib.import_module(module)
                except Exception:  # whatever it is, the code's own import will say it
                    done = False
        self._finder.resting = False
        return done

    def variable_names(self) -> list[str]:
        """The names that the code has bound, without those that start with an underscore."""
        return [name for name in self.namespace if not name.startswith("_")]

    @contextmanager
    def as_main(self) -> Iterator[None]:
        """Let the code see itself as ``__main__``, with our streams."""
        before = sys.stdin, sys.stdout, sys.stderr, sys.modules.get("__main__")
        self.module.__name__ = "__main__"
        if self._stdout.closed:
            self._stdout = make_stream(self.output, "stdout")
        if self._stderr.closed:
            self._stderr = make_stream(self.output, "stderr")
        sys.stdin, sys.stdout, sys.stderr = io.StringIO(), self._stdout, self._stderr
        sys.modules["__main__"] = self.module
        sys.meta_path.append(self._finder)
        try:
            with showing(self._show), asking(self._ask):
                yield
        finally:
            sys.meta_path.remove(self._finder)
            sys.stdin, sys.stdout, sys.stderr = before[:3]
            if before[3] is not None:
                sys.modules["__main__"] = before[3]


def _exit(code: object = None) -> None:
    """Stands in for ``exit``: code cannot end the task this way."""
    raise SystemExit(code)
