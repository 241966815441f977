"""Find the code in a model's reply. Called by the run loop; pure functions over text.

Models wrap code in fences, tags or nothing at all. Nothing here calls Python's parser: a reply is
hostile text, and a deeply nested one would overflow the C stack of a browser's interpreter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent

from pyagent.errors import ProtocolError
from pyagent.wire import parse_json

CODE_LANGUAGES = {"python", "py", "python3", "py3", "ipython", "tool_code", "pycon"}

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_THINKING = re.compile(r"\s*<(think|thinking|thought|reasoning)>(.*?)(?:</\1>|\Z)", re.S | re.I)
_THINKING_END = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.I)
_OPENING = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([\w+.-]*)[ \t]*(.*)$")
_TAG = re.compile(r"<(code|python|py|execute)>(.*?)(?:</\1>|\Z)", re.S | re.I)
_PART_OF_FENCE = re.compile(r"(?:^|\n)[`~]{1,2}\Z")
_PROMPT = re.compile(r"^(?:>>>|\.\.\.) ?", re.M)
_STATEMENT = re.compile(
    r"(?:import [\w.]+|from [\w.]+ import |(?:async )?def \w+\(|class \w+[(:]|@\w+"
    r"|(?:if|elif|for|while|with|except|async for|async with)\b.*:"
    r"|(?:else|try|finally|except)\s*:|return\b|raise\b|assert\b|del \w|global \w|await \w"
    r"|(?:pass|break|continue)$|#|[)\]}]"
    r"|[\w.\[\]'\"]+(?:, *[\w.\[\]'\"]+)*(?: *: *[\w.\[\], |]+)?"
    r" *(?:[-+*/%|&^]|//|\*\*|<<|>>)?=[^=]"
    r"|[A-Za-z_][\w.]*\()"
)
_CALL = re.compile(r"[A-Za-z_][\w.]*\(")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A reply taken apart."""

    thought: str
    """What was said around the code, thinking tags left out."""
    code: str
    """Several blocks joined; empty when there is none."""
    closed: bool = True
    """False when the last block has no end, as in a reply that was cut off."""


@dataclass(frozen=True, kw_only=True)
class _Block:
    language: str
    code: str
    start: int
    end: int
    closed: bool


def parse_reply(text: str) -> Reply:
    """Take a reply apart: fenced or tagged blocks first, else bare Python, else only prose."""
    text = clean(text)
    blocks = _python_blocks(list(_fenced_blocks(text)) or list(_tagged_blocks(text)))
    if blocks:
        code = "\n\n".join(_tidy(block.code) for block in blocks).strip("\n")
        return Reply(
            thought=_without(text, blocks), code=code, closed=all(block.closed for block in blocks)
        )
    return _bare(text)


def parse_structured(text: str) -> Reply | None:
    """A reply that is JSON with ``thought`` and ``code``; None when it is anything else."""
    try:
        value = parse_json(clean(text))
    except ProtocolError:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("code"), str):
        return None
    # Out of habit some models fence the code within the JSON too.
    inner = parse_reply(value["code"]) if "```" in value["code"] else None
    code = inner.code if inner and inner.code else _tidy(value["code"])
    return Reply(thought=str(value.get("thought") or "").strip(), code=code)


def clean(text: str) -> str:
    """``text`` without terminal colours and without what stands in thinking tags."""
    text = _ANSI.sub("", text).replace("\r\n", "\n").replace("\x00", "")
    while match := _THINKING.match(text):
        text = text[match.end() :]
    # Some chat templates open the tag themselves, so that only its end is in the reply.
    endings = list(_THINKING_END.finditer(text))
    return (text[endings[-1].end() :] if endings else text).strip()


def has_closed_block(text: str) -> bool:
    """Whether a streaming reply already holds a whole Python block."""
    if text.count("```") < 2 and text.count("~~~") < 2:
        return False
    blocks = _python_blocks(list(_fenced_blocks(clean(text))))
    return bool(blocks) and blocks[0].closed


def _fenced_blocks(text: str) -> Iterator[_Block]:
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    i = 0
    while i < len(lines):
        opening = _OPENING.match(lines[i].rstrip("\n"))
        if not opening:
            i += 1
            continue
        fence, language, rest = opening.groups()
        if rest.rstrip().endswith(fence):
            code = rest.rstrip().removesuffix(fence)
            yield _Block(
                language=language.lower(),
                code=code,
                start=starts[i],
                end=starts[i + 1],
                closed=True,
            )
            i += 1
            continue
        j = _closing_line(lines, i + 1, fence)
        code = (f"{rest}\n" if rest and language else "") + "".join(lines[i + 1 : j])
        if j == len(lines):
            code = _PART_OF_FENCE.sub("", code)
        end = starts[min(j + 1, len(lines))]
        yield _Block(
            language=language.lower(), code=code, start=starts[i], end=end, closed=j < len(lines)
        )
        i = j + 1


def _closing_line(lines: list[str], first: int, fence: str) -> int:
    """Index of the line that closes a fence, or the number of lines when there is none.

    A fence inside a triple-quoted string, as in code that writes Markdown, does not close.
    """
    candidates = [
        j
        for j in range(first, len(lines))
        if lines[j].strip().startswith(fence) and not lines[j].strip().strip(fence[0])
    ]
    for j in candidates:
        code = "".join(lines[first:j])
        if code.count('"""') % 2 == 0 and code.count("'''") % 2 == 0:
            return j
    return candidates[0] if candidates else len(lines)


def _tagged_blocks(text: str) -> Iterator[_Block]:
    for match in _TAG.finditer(text):
        closed = match.group(0).endswith(">") and match.end() > match.end(2)
        yield _Block(
            language="python",
            code=match.group(2),
            start=match.start(),
            end=match.end(),
            closed=closed,
        )


def _python_blocks(blocks: list[_Block]) -> list[_Block]:
    """The blocks to run. Those without a language count when no other is Python."""
    named = [block for block in blocks if block.language in CODE_LANGUAGES]
    unnamed = [block for block in blocks if not block.language and _looks_like_python(block.code)]
    return [block for block in named or unnamed if block.code.strip()]


def _tidy(code: str) -> str:
    code = dedent(code.strip("\n")).rstrip()
    return _PROMPT.sub("", code) if code.startswith(">>>") else code


def _without(text: str, blocks: list[_Block]) -> str:
    kept, position = [], 0
    for block in blocks:
        kept.append(text[position : block.start].strip())
        position = block.end
    kept.append(text[position:].strip())
    return "\n\n".join(filter(None, kept))


def _bare(text: str) -> Reply:
    """Python without any fence, perhaps after a sentence of prose."""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        rest = "\n".join(lines[i:])
        # Without a call it does nothing that could be seen, and may well be prose: "Total = 5".
        if _STATEMENT.match(line) and _CALL.search(rest) and _looks_like_python(rest):
            return Reply(thought="\n".join(lines[:i]).strip(), code=rest.rstrip())
    return Reply(thought=text, code="")


def _looks_like_python(text: str) -> bool:
    """Whether every line at the left margin begins like a statement."""
    in_string = False
    seen = False
    for line in dedent(text).splitlines():
        if not in_string and line.strip() and not line[0].isspace():
            if not _STATEMENT.match(_PROMPT.sub("", line)):
                return False
            seen = seen or not line.startswith("#")
        if (line.count('"""') + line.count("'''")) % 2:
            in_string = not in_string
    return seen
