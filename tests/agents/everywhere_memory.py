"""What agents remember, shorten and save, wherever they are."""

from __future__ import annotations

import tempfile
from typing import Any

from everywhere import Place, block, calling, case, coding

from pyagent import CodeAgent, ScriptedModel, ToolCallingAgent
from pyagent.protocol import Notice


@case
async def conversation_that_grows_too_long_is_shortened(place: Place) -> None:
    class Counting(ScriptedModel):
        def reply_to(self, messages: Any) -> Any:
            if messages[-1].content.endswith("Write the summary now."):
                return "Nothing yet."
            return block("print('value ' * 400)")

    model = Counting(context_tokens=4_000)
    async with coding(place, model=model, max_steps=12) as agent:
        events = [event async for event in agent.astream("Go.")]
    assert any("shortened" in e.message for e in events if isinstance(e, Notice)), events[-1]
    assert sum(len(message.content) for message in model.requests[-1].messages) < 16_000


@case
async def agent_is_saved_and_goes_on(place: Place) -> None:
    def team() -> ToolCallingAgent:
        return calling("Rome.", name="guide", description="Knows places.", max_tool_calls=2)

    executor = place.make_executor()
    remember = ScriptedModel([block("x = 41\nfinal_answer(x)")])
    first = CodeAgent([], remember, executor=executor, managed_agents=[team()], memory_size=3)
    with tempfile.TemporaryDirectory() as folder:
        async with first:
            await first.arun("Remember 41.")
            await first.asave(folder)
        await executor.aclose()
        model = ScriptedModel([block("final_answer([x + 1, guide('Capital?')])")])
        executor = place.make_executor()
        agent = CodeAgent.load(
            folder, with_sandbox=True, model=model, executor=executor, managed_agents=[team()]
        )
        async with agent:
            assert (await agent.arun("One more.")).output == [42, "Rome."]
        await executor.aclose()
    assert (agent.memory.size, agent.state.runs) == (3, 2)
    assert "Task: Remember 41." in [message.content for message in model.requests[0].messages]
