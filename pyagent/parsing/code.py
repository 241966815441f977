"""Finds the code in a model's reply. Agents call it in each step; its functions are pure.

Models wrap code in fences, tags, JSON or nothing at all. Nothing here calls Python's parser: a
reply is hostile text, and deep nesting would overflow the C stack of a browser's interpreter. All
work is linear in the text.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from textwrap import dedent

from pyagent.messages import ToolSpec, ToolUse
from pyagent.parsing.blocks import CODE_LANGUAGES, Block, fenced_blocks, tagged_blocks
from pyagent.parsing.dialects import python_calls
from pyagent.parsing.markers import opens_thought, spoken_text, unclosed_thought
from pyagent.parsing.named_elements import named_element_calls
from pyagent.parsing.statements import read_statements
from pyagent.parsing.tool_calls import json_values, read_tool_uses
from pyagent.parsing.unread import has_mark
from pyagent.texts import as_text

INTERPRETERS = {
    *("python", "ipython", "python_interpreter", "code_interpreter", "interpreter"),
    *("run_python", "execute_python", "run_code", "execute_code", "execute"),
}
"""The names that models give to a tool that runs their code."""

_INTERPRETER_SPECS = [
    ToolSpec(name=name, description="", parameters={"properties": {"code": {"type": "string"}}})
    for name in sorted(INTERPRETERS)
]
_MAX_BARE_CHARS = 200_000
"""Longer text without a block is no code. Telling code from prose takes a step for each token."""
_BLOCK_ENDS = ("```", "~~~", "'''", "</", "< /", "/>", "[/", "<end_code>")
_QUOTED_FENCE = re.compile(r"^[ \t]*+>[ \t]?(?:`{3}|~{3})", re.M)
_QUOTE_MARK = re.compile(r"^[ \t]*+> ?", re.M)
_BEGINS_CALL = re.compile(r"\s*+(?:(?:\[|Call:)\s*+(?P<listed>\w++)\(|(?P<alone>\w++)\s*?\n\s*+\{)")
_STRAY_TAG = re.compile(r"</?(?:tool_call|code|pre|python|execute|end_code)(?:>|\s?\Z)")
_PROMPT = re.compile(r"(?:>>>|\.\.\.)(?: |$)")
_CALL = re.compile(r"\w\(")
_TYPOGRAPHY = re.compile(
    r'(?P<kept>""".*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*+"?|\'(?:[^\'\\\n]|\\.)*+\'?|#[^\n]*+)'
    r"|[\u201c\u201e](?P<double>[^\u201c-\u201e\n]*+)[\u201c\u201d]"
    r"|\u2018(?P<single>[^\u2018\u2019\n]*+)\u2019"
    r"|(?P<space>[\u00a0\u2007\u202f\u3000])",
    re.S,
)


@dataclass(frozen=True, kw_only=True)
class ParsedReply:
    """The parts of a reply."""

    thought: str
    """The text around the code, without thinking tags."""
    code: str
    """All blocks, joined; empty when there is none."""
    after: str = ""
    """The text after the last block."""
    closed: bool = True
    """False when nothing marks the end of the code, which may have been cut off."""


def parse_reply(text: str, tools: Sequence[ToolSpec] = ()) -> ParsedReply:
    """Split a reply into code and text.

    Fenced or tagged blocks are tried first, then bare Python, then code or calls in JSON or tags,
    which models write that were trained to call tools. Anything else is prose. A call of one of
    ``tools`` may have words around it.
    """
    spoken = spoken_text(text)
    if not spoken and (thought := unclosed_thought(text)):
        last = _python_blocks(thought)[-1:]
        return ParsedReply(thought="", code=_joined(last), closed=False) if last else _PROSE
    unquoted = _QUOTE_MARK.sub("", spoken) if _QUOTED_FENCE.search(spoken) else spoken
    if blocks := _python_blocks(unquoted):
        closed = all(block.closed for block in blocks)
        return ParsedReply(
            thought=_text_outside(unquoted, blocks),
            code=_joined(blocks),
            after=unquoted[blocks[-1].end :].strip(),
            closed=closed,
        )
    found = (
        _bare_python(spoken) or _code_in_json(spoken, sure=False) or _code_from_calls(spoken, tools)
    )
    return found or replace(_PROSE, thought=spoken)


def parse_structured(text: str) -> ParsedReply | None:
    """Parse JSON with ``code`` and perhaps ``thought``; None when the reply is anything else."""
    return _code_in_json(spoken_text(text), sure=True)


def has_closed_block(text: str) -> bool:
    """Whether a streaming reply already holds a whole Python block."""
    if not any(end in text for end in _BLOCK_ENDS):
        return False
    spoken = spoken_text(text)
    blocks = [] if opens_thought(spoken) else _python_blocks(spoken, growing=True)
    return bool(blocks) and blocks[0].closed


def literal_answer(code: str) -> str:
    """The value that code passes to ``final_answer``, as text, if it is a literal; else empty.

    Also empty if there are several calls: only running the code would show which one is reached.
    """
    if code.count("final_answer(") != 1:
        return ""
    found = python_calls(code, {"final_answer": {"answer": {}}})
    answers = [call.arguments.get("answer") for _, _, calls in found for call in calls]
    return as_text(answers[0]) if answers and answers[0] is not None else ""


_PROSE = ParsedReply(thought="", code="")


def _python_blocks(text: str, *, growing: bool = False) -> list[Block]:
    """The blocks to run. Fenced blocks without a language count if no other block is Python."""
    fenced = [block for block in fenced_blocks(text, growing=growing) if block.code.strip()]
    named = [b for b in fenced if b.language in CODE_LANGUAGES and _is_meant_to_run(b)]
    tagged = named or [b for b in tagged_blocks(text) if b.code.strip() and _is_meant_to_run(b)]
    return tagged or [b for b in fenced if not b.language and _looks_like_python(b.code)]


def _is_meant_to_run(block: Block) -> bool:
    return block.apart or _looks_like_python(block.code)


def _joined(blocks: Sequence[Block]) -> str:
    return "\n\n".join(_tidy(block.code) for block in blocks).strip("\n")


def _tidy(code: str) -> str:
    """Remove the margin, a word processor's marks, prompts, and the output between prompts."""
    code = dedent(_TYPOGRAPHY.sub(_plain_typography, code.strip("\n"))).rstrip()
    if code.startswith(">>>"):
        prompts = [(line, _PROMPT.match(line)) for line in code.splitlines()]
        code = "\n".join(line[prompt.end() :] for line, prompt in prompts if prompt)
    return code


def _plain_typography(match: re.Match[str]) -> str:
    """Replace typographic quotes and spaces by those of Python."""
    kind = match.lastgroup
    if kind is None or kind == "kept":
        return match.group().replace("\x00", "\\x00")  # Python reads no source with a NUL in it
    if kind == "space":
        return " "
    quote = "'" if kind == "single" else '"'
    return quote + match[kind].replace(quote, f"\\{quote}") + quote


def _text_outside(text: str, blocks: list[Block]) -> str:
    kept, position = [], 0
    for block in blocks:
        kept.append(text[position : block.start])
        position = block.end
    kept.append(text[position:])
    return "\n\n".join(filter(None, (_STRAY_TAG.sub("", part).strip() for part in kept)))


def _bare_python(text: str) -> ParsedReply | None:
    """Python without any fence, after prose, or before prose if an empty line lies between.

    The code is not closed, because only the text's end marks its end.
    """
    if len(text) > _MAX_BARE_CHARS:
        return None
    text = _tidy(text) if text.startswith(">>>") else text
    position, budget = 0, 3 * len(text) + 10_000
    while 0 <= position < len(text) and budget > 0:
        read = read_statements(text, position)
        end = read.end
        budget -= read.seen - position
        parted = position == 0 and text[:end].endswith("\n\n")
        # Code without a call has no visible effect, and may be prose: "Total = 5".
        if read.acts and (parted or end == len(text)) and _CALL.search(text, position, end):
            said = filter(None, (text[:position].strip(), text[end:].strip()))
            return ParsedReply(
                thought="\n\n".join(said), code=_tidy(text[position:end]), closed=False
            )
        position = text.find("\n", end) + 1 or len(text)
    return None


def _looks_like_python(code: str) -> bool:
    code = _tidy(code)
    read = read_statements(code)
    return read.acts and read.end == len(code)


def _code_in_json(text: str, *, sure: bool) -> ParsedReply | None:
    """Code in JSON. Unless ``sure`` is true, it counts only if a thought comes with it or it looks
    like Python.
    """
    thoughts, codes = [], []
    for _, _, value in json_values(text, whole=True):
        if isinstance(value, dict) and isinstance(code := value.get("code"), str):
            # Some models fence the code inside the JSON too.
            codes.append(_joined(_python_blocks(code)) or _tidy(code))
            thoughts.append(str(value.get("thought") or "").strip())
            sure = sure or "thought" in value or _looks_like_python(codes[-1])
    if not codes or not sure:
        return None
    return ParsedReply(thought="\n\n".join(filter(None, thoughts)), code="\n\n".join(codes))


def _code_from_calls(text: str, tools: Sequence[ToolSpec]) -> ParsedReply | None:
    """Tool calls as Python: the code given to an interpreter, or calls of functions."""
    names = {spec.name for spec in tools}
    # Without the markup of a call, an object with a tool's name as its key may be data.
    marked = has_mark(text) or _is_list_of_calls(text, names) or _names_element(text, tools)
    specs = [*_INTERPRETER_SPECS, *(tools if marked else ())]
    said, uses = read_tool_uses(text, specs)
    lines = [_as_python(use) for use in uses]
    is_meant = any(use.name in INTERPRETERS or use.name in names for use in uses)
    # With words around the call, the reply may be an answer that only mentions it.
    if not uses or None in lines or (said and not is_meant):
        return None
    closed = read_tool_uses(text, specs, whole=True)[1] == uses
    return ParsedReply(thought=said, code="\n".join(filter(None, lines)), closed=closed)


def _names_element(text: str, tools: Sequence[ToolSpec]) -> bool:
    """Whether a text holds a call in elements that have the names of a tool and its parameters."""
    parameters = {spec.name: spec.parameters.get("properties", {}) for spec in tools}
    return next(named_element_calls(text, parameters, whole=False), None) is not None


def _is_list_of_calls(text: str, names: Collection[str]) -> bool:
    """Whether a text begins as a list of calls in Python, or with a tool's name on its own line."""
    begun = _BEGINS_CALL.match(text)
    return begun is not None and (begun["listed"] or begun["alone"]) in names


def _as_python(use: ToolUse) -> str | None:
    if use.name in INTERPRETERS:
        given = use.arguments.get("code") or next(iter(use.arguments.values()), None)
        return _joined(_python_blocks(given)) or _tidy(given) if isinstance(given, str) else None
    names = (use.name, *use.arguments)
    if use.fault or any(not name.isidentifier() or keyword.iskeyword(name) for name in names):
        return None
    return f"{use.name}({', '.join(f'{name}={value!r}' for name, value in use.arguments.items())})"
