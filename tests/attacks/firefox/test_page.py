"""In Firefox, too, code has no window, no rights, and forges nothing."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..test_page import (
    plain_page,
    test_code_has_no_window_and_no_rights,
    test_forged_state_of_a_sandbox_costs_the_sandbox_at_most,
    test_in_the_page_no_text_becomes_a_document_or_a_script,
    test_message_to_the_window_is_heard_by_nobody,
    test_so_it_is_on_a_host_without_headers,
    test_without_the_fence_text_becomes_one,
)
from ..test_protocol import (
    kept,
    test_many_messages_that_nobody_waits_for_change_nothing,
    test_shared_memory_in_a_message_drops_the_message,
    test_what_is_no_message_costs_the_sandbox,
)
