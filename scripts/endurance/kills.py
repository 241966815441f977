"""Kills a sandbox, the agent's worker and the browser at random moments of a task.

Nothing that the page showed as done may be lost, and no order may be made twice.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from statistics import quantiles
from time import monotonic
from typing import Any

from benchmarks.report import Figure
from endurance.orders import STEPS, Shop, shop
from support.browser.killing import fail_sandbox, kill_agent

_SEED = 11
_ANSWER = [*range(1, STEPS)]
_ENDS = ("Continue", "Copy answer")
"""The buttons under a task that was interrupted, and under one that has an answer."""


def kills(count: int) -> dict[str, Figure]:
    """``count`` kills of each kind."""
    figures: dict[str, Figure] = {}
    with shop() as opened:
        usual_s = _usual_s(opened)
        for name, kill in _KINDS.items():
            figures |= _measured(
                name, [_trial(opened, f"{name}{n}", kill, usual_s) for n in range(count)]
            )
    return figures


def _usual_s(shop: Shop) -> float:
    for trial in ("warm", "usual"):
        started = monotonic()
        shop.begin(trial)
        shop.ending(lambda _: True)
    return monotonic() - started


def _sandbox(shop: Shop) -> None:
    fail_sandbox(shop.page)


def _agent(shop: Shop) -> None:
    kill_agent(shop.page)


def _browser(shop: Shop) -> None:
    shop.kill()
    shop.restart()


_KINDS: dict[str, Callable[[Shop], None]] = {
    "sandbox": _sandbox,
    "agent": _agent,
    "browser": _browser,
}


def _trial(shop: Shop, name: str, kill: Callable[[Shop], None], usual_s: float) -> dict[str, Any]:
    """One task with one kill."""
    chosen = random.Random(f"{_SEED} {name}")
    shop.begin(name)
    shop.wait_for_request(chosen.randrange(STEPS + 1))
    shop.page.wait_for_timeout(1000 * chosen.uniform(0.0, usual_s / STEPS))
    shown = shop.shown()
    had_ended = shop.page.evaluate("window.ending") is not None
    before, killed = len(shop.model.asked), monotonic()
    kill(shop)
    went_on_after: int | None = None
    if kill is _browser and not had_ended:
        went_on_after = _continue(shop, name)
    asked: list[str] = []

    def allowed(question: str) -> bool:
        asked.append(question)
        return not any(sku in question for sku in shop.orders if sku.startswith(f"{name}-"))

    ending = {"output": _ANSWER} if had_ended else shop.ending(allowed)
    later = shop.model.asked[before:]
    made = [sku for sku in shop.orders if sku.startswith(f"{name}-")]
    return {
        "name": name,
        "recovery_s": (later[0] if later else monotonic()) - killed,
        "doubled": len(made) - len(set(made)),
        "lost": max(shown - went_on_after, 0) if went_on_after is not None else 0,
        "unfinished": ending["output"] != _ANSWER,
        "ending": ending,
        "shown": shown,
        "asked": len(asked),
        "had_ended": had_ended,
    }


def _continue(shop: Shop, name: str) -> int | None:
    """Open the conversation of a task after a restart, and go on with it. Returns the last step
    that the page then shows as done; None if there is nothing to go on with.
    """
    latest = shop.page.locator("pa-welcome nav button").first
    latest.wait_for()
    if f"Trial {name}." not in latest.inner_text():
        shop.begin(name)  # it was killed before the task was kept
        return 0
    latest.click()
    shop.kept.wait_for_text(f"Trial {name}.")
    go_on, answer = (shop.page.get_by_role("button", name=name) for name in _ENDS)
    go_on.or_(answer).first.wait_for()
    if not go_on.count():
        shop.page.evaluate("(output) => { window.ending = { output }; }", _ANSWER)
        return None
    shown = shop.shown()
    go_on.click()
    return shown


def _measured(name: str, trials: list[dict[str, Any]]) -> dict[str, Figure]:
    seconds = [trial["recovery_s"] for trial in trials]
    cuts = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else seconds * 19
    bad = [trial for trial in trials if trial["doubled"] or trial["lost"] or trial["unfinished"]]
    counts = {
        "kills": len(trials),
        "asked": sum(trial["asked"] for trial in trials),
        "after_the_end": sum(trial["had_ended"] for trial in trials),
    }
    return {
        f"{name}_steps_lost": Figure(
            value=sum(trial["lost"] for trial in trials),
            unit="steps",
            at_most=0,
            details={**counts, "bad": bad[:5]},
        ),
        f"{name}_tasks_lost": Figure(
            value=sum(trial["unfinished"] for trial in trials), unit="tasks", at_most=0
        ),
        f"{name}_effects_doubled": Figure(
            value=sum(trial["doubled"] for trial in trials), unit="orders", at_most=0
        ),
        f"{name}_recovery_p50": Figure(value=cuts[9], unit="s"),
        f"{name}_recovery_p95": Figure(value=cuts[18], unit="s", at_most=10),
    }
