"""What holds offline in Chromium holds in Firefox."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..offline.test_offline import (
    test_browser_without_jspi_gets_what_it_needs_from_the_worker,
    test_nothing_is_sent_twice,
    test_page_of_somebody_else_registers_nothing,
    test_page_opens_and_runs_code_without_a_network,
    test_second_load_is_isolated_on_a_host_without_headers,
)
from ..offline.test_offline_model import test_loaded_model_answers_without_a_network
from ..offline.test_opened_files import test_what_another_app_shares_is_attached_once
from ..offline.test_rebuilding import test_rebuilt_site_is_seen_on_the_next_load
