"""Find the code in a model's reply. Called when a step is taken; pure functions over text.

Models wrap code in fences, tags, JSON or nothing at all. Nothing here calls Python's parser: a
reply is hostile text, and a deeply nested one would overflow the C stack of a browser's
interpreter. All work is linear in the text.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import dedent

from pyagent.agents.blocks import Block, fenced_blocks, tagged_blocks
from pyagent.agents.cleaning import clean, unclosed_thought
from pyagent.agents.mending import parse_json_of_a_model
from pyagent.agents.reading import read_tool_uses
from pyagent.errors import ProtocolError
from pyagent.messages import ToolUse

CODE_LANGUAGES = {"python", "py", "python3", "py3", "ipython", "tool_code", "pycon"}
INTERPRETERS = {
    *("python", "ipython", "python_interpreter", "code_interpreter", "interpreter"),
    *("run_python", "execute_python", "run_code", "execute_code", "execute"),
}
"""What models call the tool that runs their code."""

_PROMPT = re.compile(r"^(?:>>>|\.\.\.) ?", re.M)
_STATEMENT = re.compile(
    r"(?:import [\w.]+|from [\w.]+ import |(?:async )?def \w+\(|class \w+[(:]|@\w+"
    r"|(?:if|elif|for|while|with|except|async for|async with)\b.*:"
    r"|(?:else|try|finally|except)\s*:|return\b|raise\b|assert\b|del \w|global \w|await \w"
    r"|(?:pass|break|continue)$|#|[)\]}]"
    r"|[\w.\[\]'\"]++(?:, *+[\w.\[\]'\"]++)*+(?: *+: *+[\w.\[\], |]++)?+"
    r" *+(?:[-+*/%|&^]|//|\*\*|<<|>>)?=[^=]"
    r"|[A-Za-z_][\w.]*+\()"
)
_CALL = re.compile(r"\w\(")
_CURLY_QUOTES = re.compile(
    r'(?P<kept>""".*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*+"?|\'(?:[^\'\\\n]|\\.)*+\'?|#[^\n]*+)'
    r"|[\u201c\u201e](?P<double>[^\u201c-\u201e\n]*+)[\u201c\u201d]"
    r"|\u2018(?P<single>[^\u2018\u2019\n]*+)\u2019",
    re.S,
)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A reply taken apart."""

    thought: str
    """What was said around the code, thinking tags left out."""
    code: str
    """Several blocks joined; empty when there is none."""
    closed: bool = True
    """False when the last block has no end, as in a reply that was cut off."""


def parse_reply(text: str) -> Reply:
    """Take a reply apart.

    Fenced or tagged blocks come first, then bare Python, then code or calls in JSON or tags, as
    they come from models that were taught to call tools; else it is only prose.
    """
    spoken = clean(text)
    if not spoken and (thought := unclosed_thought(text)):
        last = _python_blocks(thought)[-1:]
        return Reply(thought="", code=_joined(last), closed=False) if last else _PROSE
    if blocks := _python_blocks(spoken):
        closed = all(block.closed for block in blocks)
        return Reply(thought=_without(spoken, blocks), code=_joined(blocks), closed=closed)
    found = _bare(spoken) or parse_structured(spoken) or _called(spoken)
    return found or replace(_PROSE, thought=spoken)


def parse_structured(text: str) -> Reply | None:
    """A reply that is JSON with ``code``, and maybe ``thought``; None when it is anything else."""
    text = clean(text)
    start, end = text.find("{"), text.rfind("}") + 1
    if start < 0 or text[end:].strip(" \n`"):
        return None
    try:
        value = parse_json_of_a_model(text[start:end])
    except ProtocolError:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("code"), str):
        return None
    # Out of habit some models fence the code within the JSON too.
    code = _joined(_python_blocks(value["code"])) or _tidy(value["code"])
    return Reply(thought=str(value.get("thought") or "").strip(), code=code)


def has_closed_block(text: str) -> bool:
    """Whether a streaming reply already holds a whole Python block."""
    if text.count("```") < 2 and text.count("~~~") < 2:
        return False
    blocks = _python_blocks(clean(text))
    return bool(blocks) and blocks[0].closed


_PROSE = Reply(thought="", code="")


def _python_blocks(text: str) -> list[Block]:
    """The blocks to run. Fenced ones without a language count when no other is Python."""
    fenced = [block for block in fenced_blocks(text) if block.code.strip()]
    named = [block for block in fenced if block.language in CODE_LANGUAGES]
    tagged = named or [block for block in tagged_blocks(text) if block.code.strip()]
    return tagged or [b for b in fenced if not b.language and _looks_like_python(b.code)]


def _joined(blocks: Sequence[Block]) -> str:
    return "\n\n".join(_tidy(block.code) for block in blocks).strip("\n")


def _tidy(code: str) -> str:
    code = dedent(code.strip("\n")).rstrip()
    code = _PROMPT.sub("", code) if code.startswith(">>>") else code
    return _CURLY_QUOTES.sub(_straight, code)


def _straight(match: re.Match[str]) -> str:
    """Quotes as a word processor sets them, where Python wants its own."""
    kind = match.lastgroup
    quote = "'" if kind == "single" else '"'
    if kind is None or kind == "kept":
        return match.group()
    return quote + match[kind].replace(quote, f"\\{quote}") + quote


def _without(text: str, blocks: list[Block]) -> str:
    kept, position = [], 0
    for block in blocks:
        kept.append(text[position : block.start].strip())
        position = block.end
    kept.append(text[position:].strip())
    return "\n\n".join(filter(None, kept))


def _bare(text: str) -> Reply | None:
    """Python without any fence, perhaps after a sentence of prose."""
    lines = text.splitlines()
    start = 0
    while start < len(lines):
        if not _STATEMENT.match(lines[start]):
            start += 1
            continue
        wrong = _first_that_is_no_statement(lines, start)
        if wrong is None:
            code = "\n".join(lines[start:]).rstrip()
            # Without a call it does nothing that could be seen, and may be prose: "Total = 5".
            if not _CALL.search(code) or all(line.startswith("#") for line in lines[start:]):
                return None
            return Reply(thought="\n".join(lines[:start]).strip(), code=_tidy(code))
        start = wrong + 1
    return None


def _looks_like_python(text: str) -> bool:
    lines = [line for line in dedent(text).splitlines() if line.strip()]
    comments = all(line.startswith("#") for line in lines)
    return not comments and _first_that_is_no_statement(lines, 0) is None


def _first_that_is_no_statement(lines: Sequence[str], start: int) -> int | None:
    """The first line at the left margin that does not begin like a statement."""
    in_string = False
    for i in range(start, len(lines)):
        line = lines[i]
        at_margin = not in_string and line.strip() and not line[0].isspace()
        if at_margin and not _STATEMENT.match(_PROMPT.sub("", line)):
            return i
        if (line.count('"""') + line.count("'''")) % 2:
            in_string = not in_string
    return None


def _called(text: str) -> Reply | None:
    """Calls, as of a model with tools, in Python: code for an interpreter, or functions."""
    said, uses = read_tool_uses(text, ())
    lines = [_as_python(use) for use in uses]
    is_for_interpreter = any(use.name in INTERPRETERS for use in uses)
    # With words around it, it may be an answer that only speaks of a call.
    if not uses or None in lines or (said and not is_for_interpreter):
        return None
    return Reply(thought=said, code="\n".join(filter(None, lines)))


def _as_python(use: ToolUse) -> str | None:
    if use.name in INTERPRETERS and isinstance(code := use.arguments.get("code"), str):
        return _joined(_python_blocks(code)) or _tidy(code)
    names = (use.name, *use.arguments)
    if use.fault or any(not name.isidentifier() or keyword.iskeyword(name) for name in names):
        return None
    return f"{use.name}({', '.join(f'{name}={value!r}' for name, value in use.arguments.items())})"
