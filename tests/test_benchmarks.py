"""The measurements of agents: what they compare, on a tiny size."""

from __future__ import annotations

from benchmarks.comparison import comparison
from benchmarks.growth import growth
from benchmarks.inquiries import inquiries, inquiries_by_code


def test_code_agent_needs_fewer_calls_and_tokens_than_tool_calls() -> None:
    figures = comparison(pace=0.0)
    calls = figures["tool_calling_vs_code_model_calls"]
    assert calls.details == {"code": 1, "tool_calling": 4}
    assert figures["tool_calling_vs_code_input_tokens"].value > 2
    assert figures["tool_calling_vs_code_output_tokens"].value > 1


def test_tokens_and_memory_grow_in_a_straight_line() -> None:
    figures = growth(40, smolagents=False)
    assert figures["growth_of_input_tokens"].met
    assert figures["growth_of_uncached_tokens"].met
    assert figures["growth_of_memory"].value < 1.15
    assert figures["growth_of_uncached_tokens"].details["pyagent"]["cached_share"] > 0.9


def test_ten_agents_resolve_17_of_20_inquiries() -> None:
    figure = inquiries(40, sample=4, reply_s=0.0)["inquiries_together"]
    assert figure.details["counts"] == {"answered": 34, "escalated": 6}
    assert figure.details["resolution_rate"] == 0.85


def test_agents_that_write_code_resolve_the_same_inquiries() -> None:
    figure = inquiries_by_code(20, sample=1, reply_s=0.0)["inquiries_together_code"]
    assert figure.details["counts"] == {"answered": 17, "escalated": 3}
