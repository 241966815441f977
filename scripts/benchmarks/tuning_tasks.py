"""The tasks that the prompts for small models were tuned on, in the groups of ``held_out_tasks``.

Figures on these tasks prove nothing, and none are published.
"""

from __future__ import annotations

from typing import Any

from benchmarks.small_tasks import Check, SmallTask, number, words


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


def population(city: str) -> int:
    """Number of inhabitants of a city.

    Args:
        city: Name of the city.
    """
    return {"london": 8_900_000, "lisbon": 545_796, "madrid": 3_300_000}[city.lower()]


def visit_webpage(url: str) -> str:
    """Read a web page as Markdown.

    Args:
        url: Address of the page.
    """
    return f"# Page\n\n{url} says nothing of interest."


def wikipedia_search(query: str) -> str:
    """Search Wikipedia and return the beginning of the best page.

    Args:
        query: What to look for.
    """
    return f"{query.title()} is an article on Wikipedia."


def train_times(origin: str, destination: str) -> list[str]:
    """Departures of trains today, as hh:mm.

    Args:
        origin: Station of departure.
        destination: Station of arrival.
    """
    return ["07:10", "09:40", "13:05", "18:30"]


def translate(text: str, language: str) -> str:
    """Translate a text.

    Args:
        text: The text.
        language: Language to translate into.
    """
    return {"good morning": "Guten Morgen", "thank you": "Danke"}.get(text.lower(), "Hallo")


def send_mail(address: str, text: str) -> str:
    """Send an e-mail.

    Args:
        address: Where to.
        text: What it says.
    """
    return f"Sent to {address}."


def employee(name: str) -> dict[str, Any]:
    """Look up an employee: department, salary and year of birth.

    Args:
        name: First name.
    """
    return {
        "ann": {"department": "sales", "salary": 52_000, "born": 1984},
        "bob": {"department": "research", "salary": 61_500, "born": 1991},
    }[name.lower()]


_SALES = "month,units,price\nJan,120,2.5\nFeb,90,2.5\nMar,150,3.0\nApr,60,3.0"
_PEOPLE = "name,age,city\nAda,36,London\nBen,29,Paris\nCleo,41,Paris\nDan,33,Rome"


def any_case(*expected: str) -> Check:
    """Check that the answer contains one of these texts, in upper or lower case."""
    return lambda text: any(part in text.lower() for part in expected)


def _no_tool(text: str, check: Any) -> SmallTask:
    return SmallTask(group="no_tool", text=text, check=check)


def _irrelevant(text: str, check: Any, tool: Any) -> SmallTask:
    return SmallTask(group="irrelevant_tool", text=text, check=check, tools=(tool,))


def _right(text: str, check: Any, tool: Any) -> SmallTask:
    return SmallTask(group="right_tool", text=text, check=check, tools=(tool,))


def _three(text: str, check: Any, *tools: Any) -> SmallTask:
    return SmallTask(group="three_tools", text=text, check=check, tools=tools)


TASKS = (
    _no_tool("What is 17% of 2350?", number(399.5)),
    _no_tool("What is the sum of all even numbers from 1 to 100?", number(2550)),
    _no_tool("How many days are there from 2024-02-10 to 2024-03-05?", number(24)),
    _no_tool("Is the year 2100 a leap year? Answer yes or no.", any_case("no", "false")),
    _no_tool("Reverse the word lantern.", words("nretnal")),
    _no_tool(
        "Which is the longest word in: apple banana cherry strawberry fig?", words("strawberry")
    ),
    _no_tool("What is the median of 12, 5, 9, 21, 14, 3, 8?", number(9)),
    _no_tool("Which numbers appear more than once in 4, 8, 15, 8, 16, 4, 23?", words("4", "8")),
    _no_tool(
        f"What is the revenue, units times price, of all months together?\n{_SALES}", number(1155)
    ),
    _no_tool(f"What is the mean age of the people in Paris?\n{_PEOPLE}", number(35)),
    _irrelevant("What is 2% of 67000?", number(1340), population),
    _irrelevant("Convert 98.6 degrees Fahrenheit to Celsius.", number(37), visit_webpage),
    _irrelevant("What weekday was 4 July 1999?", words("Sunday"), wikipedia_search),
    _irrelevant("How many vowels are in 'encyclopedia'?", number(5), translate),
    _irrelevant(
        "Sort these numbers from large to small: 7, 42, 3, 19, 28.",
        words("42", "28", "19", "7", "3"),
        exchange_rate,
    ),
    _irrelevant(
        "A shirt costs 80 euros. It is reduced by 25%. What does it cost now?", number(60), stock
    ),
    _irrelevant(
        f"In which month were the most units sold?\n{_SALES}",
        any_case("mar"),
        search,
    ),
    _irrelevant(
        "Which date is 90 days after 2023-11-15? Answer as YYYY-MM-DD.",
        words("2024-02-13"),
        train_times,
    ),
    _irrelevant(
        "How many words are in the sentence: The quick brown fox jumps over the lazy dog?",
        number(9),
        send_mail,
    ),
    _irrelevant(
        "A train covers 210 km in 2.5 hours. How fast is it, in km/h?", number(84), get_temperature
    ),
    _right("How much warmer is it in Rome than in Oslo now?", number(15.5), get_temperature),
    _right("How many euros are 250 GBP?", number(287.5), exchange_rate),
    _right("How many lamps and chairs are in the store together?", number(46), stock),
    _right("Find the Bitcoin price and calculate 2% of it.", number(1340), search),
    _right("How many people live in Madrid?", number(3_300_000), population),
    _right("When does the last train from Bonn to Mainz leave today?", words("18:30"), train_times),
    _right("Say good morning in German.", words("Guten", "Morgen"), translate),
    _right("Which department does Bob work in?", words("research"), employee),
    _right("How much does Ann earn a month, if her salary is a year's?", number(4333.33), employee),
    _right("Write to ada@example.org that I come at eight.", words("sent"), send_mail),
    _three(
        "Is it colder than 10 degrees in Oslo? yes or no",
        any_case("yes", "true"),
        search,
        get_temperature,
        stock,
    ),
    _three("What are 40 CHF in euros?", number(42), train_times, population, exchange_rate),
    _three("We need 50 chairs. How many are missing?", number(18), stock, translate, visit_webpage),
    _three(
        "How many more people live in London than in Madrid?",
        number(5_600_000),
        wikipedia_search,
        get_temperature,
        population,
    ),
    _three("Thank you in German?", words("Danke"), send_mail, translate, search),
    _three(
        "How many trains go from Cologne to Bremen today?",
        number(4),
        exchange_rate,
        train_times,
        get_temperature,
    ),
    _three("Who earns more, Ann or Bob?", words("Bob"), employee, population, translate),
    _three("How old was Ann in 2020?", number(36), search, employee, send_mail),
    _three("Bitcoin price?", any_case("67"), stock, get_temperature, search),
    _three(
        "Average temperature of Rome and Cairo",
        number(25.25),
        get_temperature,
        visit_webpage,
        employee,
    ),
)
