"""Whether a failed request is sent again, and after how long."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from pyagent.errors import ModelError

MAX_RETRIES = 5
MAX_WAIT_S = 60.0
"""Longest total wait between the attempts of a request. Our own waits add up to some 20 s; the rest
is for providers that say how long to wait."""

_BACKOFF = wait_exponential_jitter(multiplier=0.5, max=8, jitter=1)
_IN_WORDS = re.compile(
    r"(?:try again|retry)\w{0,9} (?:in|after):? (?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)\s?(ms|s))?"
    r"|\"retryDelay\":\s*\"([\d.]+)s\"",
    re.IGNORECASE,
)


def retrying(
    worth_retrying: Callable[[BaseException], bool], *, max_retries: int = MAX_RETRIES
) -> AsyncRetrying:
    """Attempts for one request. They do not sleep; the caller sleeps after reporting the wait."""

    def stop(state: RetryCallState) -> bool:
        waited = state.idle_for + state.upcoming_sleep
        return state.attempt_number > max_retries or waited > MAX_WAIT_S

    return AsyncRetrying(
        retry=retry_if_exception(worth_retrying), wait=_wait, stop=stop, sleep=_go_on, reraise=True
    )


def retry_after_s(headers: Mapping[str, str], body: str) -> float | None:
    """Seconds that a provider asks us to wait, from its headers or else from its message.

    Pages see no ``Retry-After`` unless the provider exposes it, so the message counts too. The
    header holds seconds or a date (RFC 9110, section 10.2.3); OpenAI and Azure also send
    ``retry-after-ms``, which is more exact.
    """
    milliseconds = headers.get("retry-after-ms", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", milliseconds):
        return float(milliseconds) / 1000
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    if value:
        try:
            return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
        except ValueError:
            return None
    found = _IN_WORDS.search(body)
    if found is None:
        return None
    hours, minutes, amount, unit, gemini = found.groups()
    if gemini or not any((hours, minutes, amount)):
        return float(gemini) if gemini else None
    seconds = float(amount or 0) / (1000 if unit == "ms" else 1)
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + seconds


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, ModelError) else None
    return max(asked or 0.0, _BACKOFF(state))


async def _go_on(seconds: float) -> None:
    """Do not sleep: the caller of ``retrying`` does."""
