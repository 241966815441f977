"""Observations: what the model reads after its code ran or its tools were called. For actors."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence

from pyagent.agents.inputs.variables import Pickled
from pyagent.memory import OBSERVATION
from pyagent.pictures import in_words
from pyagent.protocol import Bundle, ErrorInfo, Executed, FileInfo, Json
from pyagent.sandbox.compiling import names_set_last
from pyagent.texts import as_text, cut_middle

NO_CODE = (
    "Your reply had no Python block, so nothing ran. If it was your answer, reply with "
    'final_answer("...") in a ```python block, or as plain text once more. Otherwise write the '
    "code for the next step."
)
NO_CODE_IN_JSON = (
    "Your reply held no code, so nothing ran. If it was your answer, put "
    'final_answer("...") into `code`, or reply the same once more. Otherwise put the code for the '
    "next step there."
)
NO_TOOL_CALL = (
    "Your reply called no tool, so nothing happened. If it was your answer, call final_answer "
    "with it, or reply with it once more. Otherwise call the tool for the next step."
)
ANSWERED_EARLY = (
    "The answer was not taken, because it was written before the results of the calls beside it "
    "were there. Read them, then call final_answer alone."
)
EMPTY_REPLY = "Your reply was empty. Write the next step, or give the final answer."
ANNOUNCED = (
    "Your reply only said what comes next, so nothing was done. Do that step now, or give the "
    "final answer."
)
CUT_OFF = (
    "Your reply was cut off because it was too long, so its code did not run. Reply with a "
    "shorter block, and do the work in smaller steps."
)
CUT_OFF_CALL = (
    "Your reply was cut off because it was too long, so no tool was called. Reply with a shorter "
    "one."
)
MISREAD = (
    "Your reply could not be read, so nothing was done ({fault}). Write it again, in the form that "
    "you were told of."
)
SAME_AGAIN = (
    "You ran this very code before, with the same outcome. Try another way, or call "
    "final_answer with what you have."
)
FAILED_AGAIN = (
    "This is failure number {count} of exactly this code or call, with exactly this error. It will "
    "fail again. Do something else, or call final_answer and say what went wrong."
)
FAILED_ALIKE = (
    "This is failure number {count} of nearly this code or call, with the same error. What you "
    "change does not matter. Do something else, or call final_answer and say what went wrong."
)
SAME_CALL = (
    "(You called this before, and it returned the same. Go on with what you have, or call "
    "final_answer.)"
)
NAMED_IMAGES = "(Give the name of an image to a tool that takes one, or to final_answer.)"
LAST_CALL = (
    "There are no steps left. Reply now in plain text, without code, with the best answer that "
    "you can give from what was found, and say what is uncertain."
)
STOPPED = "(The person stopped the work here.)"
FAILED = "(The work ended here because of a technical problem.)"
OUT_OF_LIMIT = "(The work ended here because its limit was reached.)"
OUT_OF_STEPS = "(The work ended here because there were no steps left.)"
_VALUE = "Value of the last expression: "
_MAX_FILES_NAMED = 20
_VALUE_CHARS = 200


def observe(
    *, code: str, printed: str, displays: Sequence[Bundle], executed: Executed, limit: int
) -> str:
    """The text of an observation of at most about ``limit`` characters."""
    parts = []
    if printed.strip():
        parts.append(cut_middle(printed.strip("\n"), limit))
    parts += [f"Shown to the person: {_text(bundle, limit // 4)}" for bundle in displays]
    if executed.value is not None:
        parts.append(f"{_VALUE}{_text(executed.value, limit)}")
    if executed.files:
        parts.append(f"Files written: {_file_list(executed.files)}")
    if executed.answer is not None:
        parts.append(f"Answer given: {_text(executed.answer.bundle, limit)}")
    if executed.error is not None:
        parts.append(describe_error(executed.error))
    if not parts:
        names = ", ".join(executed.variables)
        known = f" It set: {names}." if names else ""
        parts.append(f"The code ran and printed nothing.{known}")
        parts += [
            f"Value of {name}: {cut_middle(executed.variables[name], limit // 4)}"
            for name in _set_last(code)
            if name in executed.variables
        ]
    return f"{OBSERVATION}\n" + cut_middle("\n".join(parts), limit * 2)


def outcome_in(observation: str) -> str:
    """The last line of what code printed, or its value, taken from its observation."""
    lines = observation.removesuffix(SAME_AGAIN).strip().splitlines()
    return lines[-1].removeprefix(_VALUE).strip() if len(lines) > 1 else ""


def describe_error(error: ErrorInfo) -> str:
    """The error in words for the model: its type, its message, and its place in the code."""
    text = f"{error.type}: {error.message}" if error.message else error.type
    if error.line is None:
        return cut_middle(text, 2_000)
    where = f"  line {error.line}"
    if error.source_line:
        where += f": {error.source_line.strip()}"
    return f"{cut_middle(text, 2_000)}\n{where}"


def introduce_variables(variables: Mapping[str, Json]) -> str:
    """Tell the model which values came with a task; short values are shown whole."""
    texts = []
    for name, value in variables.items():
        if isinstance(value, Pickled):
            texts.append(f"{name} ({value.kind}): {value.shown}")
            continue
        if (told := in_words(value)) is not value:
            kind = "Image" if isinstance(told, str) else type(told).__name__
            texts.append(f"{name} ({kind}): {cut_middle(as_text(told), _VALUE_CHARS)}")
            continue
        text = json.dumps(value, ensure_ascii=False)
        shown = f" = {text}" if len(text) <= _VALUE_CHARS else ""
        texts.append(f"{name} ({type(value).__name__}){shown}")
    return f"Variables that are set: {', '.join(texts)}"


def _set_last(code: str) -> tuple[str, ...]:
    try:
        return names_set_last(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError):
        return ()  # the guest has run it, but an executor of somebody's own may run anything


def _text(bundle: Bundle, limit: int) -> str:
    return cut_middle(str(bundle.get("text/plain", "")) or ", ".join(bundle), limit)


def _file_list(files: Sequence[FileInfo]) -> str:
    named = [f"{file.path} ({file.size_bytes:,} bytes)" for file in files[:_MAX_FILES_NAMED]]
    more = len(files) - len(named)
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")
