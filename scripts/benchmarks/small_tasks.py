"""Small tasks for small models: their texts, and how an answer is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Check = Callable[[str], bool]


@dataclass(frozen=True, kw_only=True)
class SmallTask:
    """One task. ``tools`` are plain functions with type hints and a docstring."""

    group: str
    text: str
    check: Check
    tools: tuple[Callable[..., Any], ...] = ()


def solved(task: SmallTask, answer: Any) -> bool:
    """Whether an agent's answer is right. An answer of any type is checked as text."""
    text = answer if isinstance(answer, str) else json.dumps(answer, default=str)
    return task.check(text)


def number(expected: float) -> Check:
    """Check that the answer's only or last number is this one."""

    def check(text: str) -> bool:
        numbers = re.findall(r"-?\d[\d,]*\.?\d*", text)
        if not numbers:
            return False
        last = float(numbers[-1].replace(",", "").rstrip("."))
        return abs(last - expected) <= 0.005 * max(abs(expected), 1)

    return check


def words(*expected: str) -> Check:
    """Check that the answer has all of these in this order, in upper or lower case."""
    pattern = ".*".join(rf"\b{re.escape(word)}\b" for word in expected)
    return lambda text: bool(re.search(pattern, text, re.IGNORECASE | re.DOTALL))


def get_temperature(city: str) -> float:
    """Temperature in a city now, in degrees Celsius.

    Args:
        city: Name of the city.
    """
    return {"oslo": 4.0, "rome": 19.5, "cairo": 31.0}[city.lower()]


def exchange_rate(currency: str) -> float:
    """How many euros one unit of a currency is worth.

    Args:
        currency: Three letters, such as USD.
    """
    return {"USD": 0.92, "GBP": 1.15, "CHF": 1.05}[currency.upper()]


def stock(item: str) -> int:
    """How many pieces of an item are in the store.

    Args:
        item: Name of the item, in the singular.
    """
    return {"lamp": 14, "chair": 32, "table": 7}[item.lower().rstrip("s")]


def search(query: str) -> str:
    """Search the web.

    Args:
        query: What to look for.
    """
    if "bitcoin" in query.lower():
        return "Bitcoin price today: 67000 USD"
    return "Lisbon has 545,796 inhabitants (2021)."


_SALES = "month,units,price\nJan,120,2.5\nFeb,90,2.5\nMar,150,3.0\nApr,60,3.0"
_PEOPLE = "name,age,city\nAda,36,London\nBen,29,Paris\nCleo,41,Paris\nDan,33,Rome"

TASKS = (
    SmallTask(group="sums", text="What is 17% of 2350?", check=number(399.5)),
    SmallTask(group="sums", text="What is 48 * 37 - 196?", check=number(1580)),
    SmallTask(
        group="sums",
        text="A shirt costs 80 euros. It is reduced by 25%. What does it cost now?",
        check=number(60),
    ),
    SmallTask(
        group="sums", text="What is the sum of all even numbers from 1 to 100?", check=number(2550)
    ),
    SmallTask(group="sums", text="Convert 98.6 degrees Fahrenheit to Celsius.", check=number(37)),
    SmallTask(
        group="dates",
        text="How many days are there from 2024-02-10 to 2024-03-05?",
        check=number(24),
    ),
    SmallTask(group="dates", text="What weekday was 4 July 1999?", check=words("Sunday")),
    SmallTask(
        group="dates",
        text="Which date is 90 days after 2023-11-15? Answer as YYYY-MM-DD.",
        check=words("2024-02-13"),
    ),
    SmallTask(
        group="dates",
        text="Is the year 2100 a leap year? Answer yes or no.",
        check=lambda text: bool(re.search(r"\b(no|not|false)\b", text, re.IGNORECASE)),
    ),
    SmallTask(group="text", text="Reverse the word lantern.", check=words("nretnal")),
    SmallTask(
        group="text",
        text="How many words are in the sentence: The quick brown fox jumps over the lazy dog?",
        check=number(9),
    ),
    SmallTask(
        group="text",
        text="Which is the longest word in: apple banana cherry strawberry fig?",
        check=words("strawberry"),
    ),
    SmallTask(group="text", text="How many vowels are in 'encyclopedia'?", check=number(5)),
    SmallTask(
        group="lists",
        text="Sort these numbers from large to small: 7, 42, 3, 19, 28.",
        check=words("42", "28", "19", "7", "3"),
    ),
    SmallTask(group="lists", text="What is the median of 12, 5, 9, 21, 14, 3, 8?", check=number(9)),
    SmallTask(
        group="lists",
        text="Which numbers appear more than once in 4, 8, 15, 8, 16, 4, 23?",
        check=words("4", "8"),
    ),
    SmallTask(
        group="lists",
        text="List all prime numbers between 20 and 40.",
        check=words("23", "29", "31", "37"),
    ),
    SmallTask(
        group="tables",
        text=f"What is the revenue, units times price, of all months together?\n{_SALES}",
        check=number(1155),
    ),
    SmallTask(
        group="tables",
        text=f"In which month were the most units sold?\n{_SALES}",
        check=words("Mar"),
    ),
    SmallTask(
        group="tables",
        text=f"What is the mean age of the people in Paris?\n{_PEOPLE}",
        check=number(35),
    ),
    SmallTask(group="tables", text=f"Who is the oldest person?\n{_PEOPLE}", check=words("Cleo")),
    SmallTask(
        group="tools",
        text="How much warmer is it in Rome than in Oslo now?",
        check=number(15.5),
        tools=(get_temperature,),
    ),
    SmallTask(
        group="tools",
        text="How many euros are 250 GBP?",
        check=number(287.5),
        tools=(exchange_rate,),
    ),
    SmallTask(
        group="tools",
        text="How many lamps and chairs are in the store together?",
        check=number(46),
        tools=(stock,),
    ),
    SmallTask(
        group="tools",
        text="Find the Bitcoin price and calculate 2% of it.",
        check=number(1340),
        tools=(search,),
    ),
)
