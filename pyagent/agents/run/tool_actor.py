"""The steps of a ``ToolCallingAgent``: its tool calls run side by side, their results in order.

A model with native tool calls uses those. For any other model, calls are read from the text of the
reply; if the model follows schemas, a schema makes the reply exactly one call.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any

from pyagent.agents.inputs.variables import Variables
from pyagent.agents.run.actor import (
    BROKEN_CALL,
    FINAL_ANSWER,
    Actor,
    StepOutcome,
    last_words,
    text_answer,
    unreadable,
    with_correction,
)
from pyagent.agents.run.asker import Asker, ModelReply, Question
from pyagent.agents.run.observation import (
    ANSWERED_EARLY,
    CUT_OFF_CALL,
    NAMED_IMAGES,
    NO_TOOL_CALL,
    SAME_CALL,
    describe_error,
)
from pyagent.agents.run.setup import Setup
from pyagent.agents.run.sight import NOT_SEEN, image_in, seen_images
from pyagent.agents.run.state import RunState
from pyagent.memory import OBSERVATION, ActionStep, ToolResult
from pyagent.messages import Image, ToolSpec, ToolUse
from pyagent.parsing.markers import spoken_text
from pyagent.parsing.tool_calls import holds_tool_use, read_tool_uses
from pyagent.parsing.unread import has_mark, looks_like_call
from pyagent.pictures import from_data_url, in_words, is_bundle, replaced, words_for
from pyagent.protocol import Answer, Bundle, ErrorInfo, Json, StepDisplay, ToolCall, ToolReturn
from pyagent.texts import as_text, cut_middle


def with_final_answer(specs: Sequence[ToolSpec]) -> tuple[ToolSpec, ...]:
    """The tools as the model gets them: with ``final_answer``, unless a tool of the agent is it."""
    own = any(spec.name == FINAL_ANSWER.name for spec in specs)
    return tuple(specs) if own else (*specs, FINAL_ANSWER)


def one_call(specs: Sequence[ToolSpec]) -> dict[str, Json]:
    """The JSON Schema for one call of one of these tools, for a model without native calls.

    A local engine turns the schema into a grammar, so that no call can be misspelled.
    """
    calls = [
        {
            "type": "object",
            "properties": {"name": {"const": spec.name}, "arguments": dict(spec.parameters)},
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for spec in specs
    ]
    return {"type": "object", "anyOf": calls}


class ToolActor(Actor):
    """Calls tools, at most ``max_tool_calls`` at the same time; None for no limit.

    ``variables`` are the values of the conversation. An argument may name one of them instead of
    writing it out.
    """

    def __init__(
        self,
        setup: Setup,
        run: RunState,
        asker: Asker,
        *,
        variables: Variables,
        max_tool_calls: int | None,
    ) -> None:
        super().__init__(setup, run, asker)
        self._specs = with_final_answer(setup.toolbox.specs())
        self._names = {spec.name for spec in self._specs}
        self._handle = setup.toolbox.handler(run)
        self._free: AbstractAsyncContextManager[None] = (
            nullcontext() if max_tool_calls is None else asyncio.Semaphore(max_tool_calls)
        )
        self._variables = variables
        self._returned: dict[str, str] = {}
        """Each call of this run as text → what it returned last."""

    async def begin(
        self, files: Mapping[str, bytes], variables: Mapping[str, Json], *, reset: bool
    ) -> None:
        if reset:
            self._variables.clear()
        self._variables.add(variables)
        self._variables.add_image_files(files)

    async def _act(self, number: int) -> StepOutcome:
        reply = await self._asker.ask(self._question())
        said, uses, native = self._read(reply)
        self._tell_reply(reply, thought=said)
        step = ActionStep(number=number, reply=reply.text, tool_uses=uses, carried=reply.carried)
        if reply.was_cut_off and not (uses and native):
            return StepOutcome(step=with_correction(step, CUT_OFF_CALL))
        if reply.fault and not uses:
            return StepOutcome(step=unreadable(step, reply.fault))
        if not uses and looks_like_call(said, self._names):
            return StepOutcome(step=unreadable(step, BROKEN_CALL))
        if not uses:
            # A model with native calls answers by a reply without calls.
            return await self._without_action(step, said, at_once=self._is_native)
        return await self._call_tools(step, native=native)

    @property
    def _is_native(self) -> bool:
        """Whether calls are native. May change between steps, when a server refuses tools."""
        return self._setup.model.supports_tools

    def _question(self) -> Question:
        if self._is_native:
            return Question(tools=self._specs)
        if self._setup.model.supports_schema:
            return Question(schema=one_call(self._specs))
        short = self._setup.model.prompt_style == "short"
        return Question(enough=(lambda text: holds_tool_use(text, self._specs)) if short else None)

    def _question_beside(self, *, closing: str) -> Question:
        # Some providers refuse a conversation with tool calls when no tools are given.
        return Question(closing=closing, tools=self._specs if self._is_native else ())

    def _read(self, reply: ModelReply) -> tuple[str, tuple[ToolUse, ...], bool]:
        """The words of the reply, its tool calls, and whether those are native."""
        if reply.tool_uses:
            return spoken_text(reply.text), reply.tool_uses, True
        said, uses = read_tool_uses(reply.text, self._specs)
        known = any(use.name in self._names for use in uses)
        spoken = spoken_text(reply.text)
        if self._is_native and not known and not (uses and has_mark(spoken)):
            return spoken, (), False  # the text only talks about calls
        return said, uses, False

    def _read_last(self, reply: ModelReply) -> Answer | None:
        said, uses, _ = self._read(reply)
        given = [use.arguments.get("answer") for use in uses if use.name == FINAL_ANSWER.name]
        values = [value for value in given if value is not None]
        if values:
            return text_answer(as_text(self._value(values[0])))
        # Words beside a call count, but the markup of a call is no answer.
        return last_words(reply, said) if said or not uses else None

    def _reminder(self) -> str:
        return NO_TOOL_CALL

    # --- calls ---------------------------------------------------------------------------------

    async def _call_tools(self, step: ActionStep, *, native: bool) -> StepOutcome:
        """Call the tools of a step side by side. The results are in the order of the calls."""
        calls = [use for use in step.tool_uses if use.name != FINAL_ANSWER.name]
        done = await _side_by_side([self._call_one(use) for use in calls])
        called = iter(done)
        error = next((result.error for result in done if result.error), None)
        answer, results = None, []
        for use in step.tool_uses:
            if use.name != FINAL_ANSWER.name:
                results.append(next(called))
                continue
            if calls and error is None and not use.fault:
                # The model wrote this answer before it could read what the other calls return.
                results.append(ToolResult(tool_use_id=use.id, text=ANSWERED_EARLY))
                continue
            given, result = await self._take_answer(use, failed=error)
            answer, error = answer or given, error or result.error
            results.append(result)
        if native:
            step = replace(step, tool_results=tuple(results))
        else:
            images = tuple(image for result in results for image in result.images)
            step = replace(step, observation=observation_of(step.tool_uses, results), images=images)
        return StepOutcome(step=replace(step, error=error), answer=answer)

    async def _call_one(self, use: ToolUse) -> ToolResult:
        if use.fault:
            error = ErrorInfo(type="ToolError", message=f"{use.name}() was not called: {use.fault}")
            return await self._result(use, ToolReturn(call_id=0, error=error))
        arguments = self._arguments(use)
        async with self._free:
            call = ToolCall(call_id=0, name=use.name, kwargs=arguments)
            return await self._result(use, await self._handle(call))

    def _arguments(self, use: ToolUse) -> dict[str, Json]:
        """The arguments with values in place of the names of variables, images and image files."""
        takers = self._setup.toolbox.image_parameters(use.name)
        return {
            name: self._image(value) if name in takers else self._value(value)
            for name, value in use.arguments.items()
        }

    def _image(self, value: Json) -> Json:
        if isinstance(value, list):
            return [self._image(item) for item in value]
        if isinstance(value, dict):
            return {name: self._image(item) for name, item in value.items()}
        if isinstance(value, str) and value in self._variables.image_files:
            return self._variables.image_files[value]
        return self._value(value)

    def _value(self, value: Json) -> Json:
        """The value of an argument; if it names a variable, a copy of that variable's value."""
        if isinstance(value, str) and value in self._variables:
            return deepcopy(self._variables[value])  # the tool may change its copy
        return value

    async def _result(self, use: ToolUse, returned: ToolReturn) -> ToolResult:
        error = returned.error
        bundles: list[Bundle] = []
        value = returned.value
        if isinstance(value, str) and (picture := from_data_url(value)) is not None:
            value = picture.bundle  # nobody could use the text
        value = replaced(value, partial(self._named, bundles))
        if is_bundle(value) and len(value) > 1 and isinstance(value.get("text/plain"), str):
            self._display(value)  # such as HTML, which is for the person
            value = value["text/plain"]
        text = describe_error(error) if error else as_text(value)
        limited = cut_middle(text, self._setup.observation_chars) or "(nothing)"
        images, notes = await self._show(bundles)
        limited = "\n".join([limited, *notes])
        call = f"{use.name}{json.dumps(use.arguments, sort_keys=True)}"
        before, self._returned[call] = self._returned.get(call), limited
        noted = f"{limited}\n{SAME_CALL}" if before == limited else limited
        return ToolResult(tool_use_id=use.id, text=noted, error=error, images=images)

    def _named(self, bundles: list[Bundle], bundle: Bundle) -> str:
        """Keep an image of a result. Returns what the model reads in its place."""
        bundles.append(bundle)
        return f"{self._variables.keep_image(bundle)} {words_for(bundle)}"

    async def _show(self, bundles: Sequence[Bundle]) -> tuple[tuple[Image, ...], list[str]]:
        """Show the images of a result to the person, and to the model if it sees."""
        for bundle in bundles:
            self._display(bundle)
        if not bundles:
            return (), []
        images, notes = await seen_images(bundles, self._setup)
        return images, [*(notes if images or notes else [NOT_SEEN]), NAMED_IMAGES]

    def _display(self, bundle: Bundle) -> None:
        run = self._run
        run.emit(StepDisplay(run_id=run.id, step=run.step, bundle=bundle))

    async def _take_answer(
        self, use: ToolUse, *, failed: ErrorInfo | None
    ) -> tuple[Answer | None, ToolResult]:
        """Take the answer, unless a call beside it failed or one of the checks refuses it."""
        error = failed
        if FINAL_ANSWER.name in self._setup.toolbox and not failed and not use.fault:
            return await self._take_own_answer(use)
        if use.fault or "answer" not in use.arguments:
            fault = use.fault or "it takes one argument, answer."
            error = ErrorInfo(type="ToolError", message=f"final_answer() was not called: {fault}")
        elif failed:
            message = "The answer was not taken, because a call beside it failed."
            error = ErrorInfo(type="AnswerRefused", message=message)
        else:
            value = self._value(use.arguments["answer"])
            error = await self._setup.check_answer(in_words(value))
            if error is None:
                return json_answer(value), ToolResult(tool_use_id=use.id, text="Answer given.")
        return None, ToolResult(tool_use_id=use.id, text=describe_error(error), error=error)

    async def _take_own_answer(self, use: ToolUse) -> tuple[Answer | None, ToolResult]:
        """Take what the agent's own ``final_answer`` returns, unless one of the checks refuses."""
        call = ToolCall(call_id=0, name=use.name, kwargs=self._arguments(use))
        returned = await self._handle(call)
        error = returned.error or await self._setup.check_answer(in_words(returned.value))
        if error is None:
            given = ToolResult(tool_use_id=use.id, text="Answer given.")
            return json_answer(returned.value), given
        return None, ToolResult(tool_use_id=use.id, text=describe_error(error), error=error)


async def _side_by_side(calls: Sequence[Coroutine[Any, Any, ToolResult]]) -> list[ToolResult]:
    """Run the calls at the same time and return their results in order.

    When this is cancelled, it does not wait for calls that go on anyway, as a ``TaskGroup`` would.
    The run waits for those at its end, for a while.
    """
    tasks = [asyncio.create_task(call) for call in calls]
    try:
        if tasks:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()  # raises what went wrong
        return [task.result() for task in tasks]
    finally:
        for task in tasks:
            task.cancel()


def observation_of(uses: Sequence[ToolUse], results: Sequence[ToolResult]) -> str:
    """The results of calls as text, for a model without native calls."""
    pairs = zip(uses, results, strict=True)
    return "\n".join([OBSERVATION, *(f"{use.name}: {result.text}" for use, result in pairs)])


def json_answer(value: Json) -> Answer:
    if isinstance(value, str):
        return text_answer(value)
    if (picture := image_in(value) if is_bundle(value) else None) is not None:
        return Answer(value=picture.words, bundle=picture.bundle)
    value = in_words(value)
    return Answer(value=value, bundle={"text/plain": as_text(value), "application/json": value})
