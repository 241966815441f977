"""Metrics of real runs, as Prometheus' own client gives them out."""

from __future__ import annotations

from prometheus_client.registry import CollectorRegistry

from pyagent import CodeAgent, Price, ScriptedModel, tool
from pyagent.tracing.prometheus import MAX_NAMES, PrometheusSink
from pyagent.tracing.sinks import tracing_to
from pyagent.tracing.spans import Span


@tool
def double(number: int) -> int:
    """Double a number.

    Args:
        number: Any number.
    """
    return 2 * number


def test_runs_tokens_cost_calls_and_errors_are_counted() -> None:
    registry = CollectorRegistry()
    price = Price(input=1, output=2)
    model = ScriptedModel(["double(None)", "final_answer(double(2))"], model_id="m", price=price)
    with (
        tracing_to(PrometheusSink(registry)),
        CodeAgent([double], model, name="counter") as agent,
    ):
        usage = agent.run("Double.").token_usage

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"pyagent_{name}", labels)

    assert value("runs_total", agent="counter", reason="answered") == 1
    assert value("tokens_total", model="m", kind="input") == usage.input_tokens > 0
    assert value("tokens_total", model="m", kind="output") == usage.output_tokens > 0
    assert value("cost_usd_total", model="m") == usage.cost_usd
    assert value("tool_call_seconds_count", tool="double") == 2
    assert value("model_call_seconds_count", model="m") == 2
    assert value("code_seconds_count") == 2
    assert value("run_seconds_count", agent="counter") == 1
    assert value("errors_total", kind="execute_tool", type="ToolError") == 1
    assert value("errors_total", kind="execute_code", type="ToolError") == 1


def test_names_that_a_model_makes_up_are_bounded() -> None:
    registry = CollectorRegistry()
    sink = PrometheusSink(registry)
    for number in range(MAX_NAMES + 50):
        told = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": f"tool_{number}"}
        sink.ended(Span(name="t", trace_id="a", span_id="b", start_ns=0, end_ns=1, attributes=told))
    count = registry.get_sample_value("pyagent_tool_call_seconds_count", {"tool": "other"})
    assert count == 50
