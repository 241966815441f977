"""A spare sandbox loads the packages of the conversation ahead, and no code can tell."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.page.agent_page import AgentPage

KILL = "import os; os._exit(1)"
REQUESTS = """
import gc
from pyagent.browser.port_link import FIRST_PACKAGE_ID, PortLink

[link] = [thing for thing in gc.get_objects() if isinstance(thing, PortLink)]
final_answer(next(link._ids) - FIRST_PACKAGE_ID)
"""
"""Answers how many files of packages this sandbox has asked for."""
SEEN = """
import os, sys
final_answer([sorted(globals()), sorted(os.listdir(".")), sys.path])
"""


def await_loaded(page: AgentPage, module: str) -> None:
    """Wait until a spare has a module."""
    page.page.wait_for_selector(f"iframe[data-loaded~='{module}']", state="attached")


def last_step(page: AgentPage) -> dict[str, Any]:
    step: dict[str, Any] = page.seen("step_finished")[-1]
    return step


def test_a_new_sandbox_has_what_the_conversation_uses(agent_page: AgentPage) -> None:
    agent_page.open()
    first = agent_page.answer(f"import dateutil{REQUESTS}")
    assert first > 0
    await_loaded(agent_page, "dateutil")
    assert agent_page.answer(KILL, f"import dateutil{REQUESTS}") == 0
    await_loaded(agent_page, "dateutil")  # the next spare has it as well
    assert agent_page.answer(KILL, f"import dateutil{REQUESTS}") == 0


def test_loading_ahead_is_invisible_to_code(agent_page: AgentPage) -> None:
    agent_page.open()
    before = agent_page.answer(SEEN)
    agent_page.answer("import six, dateutil\ndel six, dateutil\nfinal_answer(1)")
    await_loaded(agent_page, "dateutil")
    assert agent_page.answer(KILL, SEEN) == before
    assert agent_page.seen("step_output") == []
    agent_page.answer("dateutil", "final_answer(1)")
    assert agent_page.seen("step_finished")[0]["error"]["type"] == "NameError"


@pytest.mark.parametrize("broken", ["six.no_such_thing", "dateutil.nor_this", "pytz.never"])
def test_a_spare_that_cannot_import_a_module_is_replaced(
    agent_page: AgentPage, broken: str
) -> None:
    agent_page.open()
    frames = "document.querySelectorAll('iframe').length"
    good = broken.partition(".")[0]
    agent_page.answer(
        f"try:\n    import {broken}\nexcept ImportError: pass\nimport {good}\nfinal_answer(1)"
    )
    await_loaded(agent_page, good)
    agent_page.answer("final_answer(1)")
    assert agent_page.page.evaluate(frames) == 2
    assert agent_page.answer(KILL, f"import {good}{REQUESTS}") == 0
    agent_page.answer(f"import {broken}", "final_answer(1)")
    error = agent_page.seen("step_finished")[0]["error"]
    assert error["type"] == "ModuleNotFoundError"
    assert json.dumps(error).count("could not be installed") == 0


def test_a_damaged_store_leaves_a_plain_spare(agent_page: AgentPage) -> None:
    agent_page.open()
    agent_page.answer("import dateutil\nfinal_answer(1)")
    agent_page.page.evaluate("caches.delete('pyagent-packages')")
    agent_page.answer("final_answer(1)")
    assert agent_page.answer(KILL, "import dateutil\nfinal_answer(dateutil.__name__)") == "dateutil"


def test_the_spare_of_the_next_visit_has_what_the_last_conversation_used(
    agent_page: AgentPage,
) -> None:
    agent_page.open()
    agent_page.answer("import dateutil\nfinal_answer(1)")
    await_loaded(agent_page, "dateutil")
    agent_page.open()
    await_loaded(agent_page, "dateutil")
