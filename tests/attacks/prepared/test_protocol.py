"""A sandbox that starts from the prepared memory has no rights and forges nothing."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..test_page import (
    test_code_has_no_window_and_no_rights,
    test_forged_state_of_a_sandbox_costs_the_sandbox_at_most,
    test_message_to_the_window_is_heard_by_nobody,
)
from ..test_protocol import (
    kept,
    test_forged_end_of_this_step_is_a_lie_and_no_more,
    test_many_messages_that_nobody_waits_for_change_nothing,
    test_shared_memory_in_a_message_drops_the_message,
    test_text_that_no_guest_sends_costs_the_sandbox,
    test_what_is_no_message_costs_the_sandbox,
)
