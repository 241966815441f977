"""A summary that ignores a stop changes nothing once the run is over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from pyagent.agents.run.asker import Asker, ModelReply
from pyagent.agents.run.limits import Budget
from pyagent.agents.run.state import RunState
from pyagent.errors import ModelError
from pyagent.messages import ChatMessage
from pyagent.protocol import Limits


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("is_over", [False, True])
def test_a_summary_is_used_only_while_its_run_is_on(fails: bool, is_over: bool) -> None:
    run = RunState("run", lambda *_: None, Budget(Limits()))
    model = SimpleNamespace(supports_tools=False, supports_schema=False)
    setup: Any = SimpleNamespace(model=model, memory=None, after_step=None, opening=list)

    class Late(Asker):
        async def _stream(self, messages: Sequence[ChatMessage], question: Any) -> ModelReply:
            run.is_over = is_over
            if fails:
                raise ModelError("It failed.")
            return ModelReply(text="OLD")

    async def scenario() -> str:
        return (await Late(run, setup)._summarize("Sum up.")).text

    if is_over:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(scenario())
    else:
        assert asyncio.run(scenario()) == ("" if fails else "OLD")
