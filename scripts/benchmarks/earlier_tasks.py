# ruff: noqa: E501
# mypy: disable-error-code="type-arg, no-any-return"
"""Eighty tasks that were held out once, until their failures were read.

Figures on these tasks prove nothing, and none are published.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.small_tasks import SmallTask, any_of, no, number, words, yes


def _find(table: Mapping[str, Any], key: object, kind: str) -> Any:
    """Look a name up, tolerant of case, blanks and a plural s."""
    name = " ".join(str(key).strip().lower().split())
    for candidate in (name, name.removesuffix("s")):
        if candidate in table:
            return table[candidate]
    raise ValueError(f"Unknown {kind} {key!r}. Known: {', '.join(map(str, table))}.")


# ---------------------------------------------------------------- tools


def population(city: str) -> int:
    """Number of people who live in a city.

    Args:
        city: Name of the city.
    """
    table = {
        "leeds": 536280,
        "bristol": 472465,
        "porto": 231962,
        "turin": 841600,
        "ghent": 265086,
        "oslo": 709037,
    }
    return _find(table, city, "city")


def weather(city: str, day: str = "today") -> dict:
    """Weather in a city: temperature_c, wind_kmh and sky (sunny, cloudy, rain or snow).

    Args:
        city: Name of the city.
        day: Either "today" or "tomorrow".
    """
    table = {
        "oslo": {"today": (3.5, 18, "snow"), "tomorrow": (5.0, 12, "cloudy")},
        "lisbon": {"today": (19.0, 14, "sunny"), "tomorrow": (18.0, 20, "sunny")},
        "dublin": {"today": (9.5, 37, "cloudy"), "tomorrow": (8.0, 41, "rain")},
        "rome": {"today": (16.0, 9, "sunny"), "tomorrow": (14.5, 11, "cloudy")},
    }
    temperature, wind, sky = _find(_find(table, city, "city"), day, "day")
    return {"temperature_c": temperature, "wind_kmh": wind, "sky": sky}


def visit_web_page(url: str) -> str:
    """Text of a web page.

    Args:
        url: Address of the page.
    """
    table = {
        "museum.example/prices": "Harbour Museum. Admission: adults 14.50 euros, children 6.00 euros. Closed on Mondays.",
        "lake.example": "Lake Selvo. Area 38 square kilometres, greatest depth 112 metres.",
    }
    key = (
        url.strip()
        .removeprefix("https://")
        .removeprefix("http://")
        .removeprefix("www.")
        .rstrip("/")
    )
    return _find(table, key, "page")


def search_encyclopedia(query: str) -> str:
    """First lines of the encyclopedia article that fits best.

    Args:
        query: Name of a person, place or thing.
    """
    table = {
        "elsbeth varga": "Elsbeth Varga (born 3 February 1871 in Pecs, died 19 October 1946 in Vienna) was a painter.",
        "torrin bridge": "The Torrin Bridge is a road bridge. It was opened in 1958 and is 1240 metres long.",
    }
    for name, article in table.items():
        if name in query.lower() or name.split()[0] in query.lower():
            return article
    raise ValueError(
        f"No article found for {query!r}. Search for the name of a person, place or thing."
    )


def stock_price(symbol: str) -> float:
    """Current price of one share in dollars.

    Args:
        symbol: Ticker symbol of the company, such as "NORX".
    """
    return _find({"norx": 84.2, "vela": 47.85, "quam": 12.6}, symbol, "symbol")


def send_mail(to: str, subject: str, body: str = "") -> str:
    """Send an e-mail. Returns a confirmation with the reference of the message.

    Args:
        to: Address of the recipient.
        subject: Subject line.
        body: Text of the message.
    """
    if "@" not in to:
        raise ValueError(f"{to!r} is not an e-mail address; it needs an @.")
    reference = 5000 + sum(map(ord, to.strip().lower()))
    return f"Sent to {to.strip()}. Reference: M-{reference}"


def translate_word(word: str, language: str = "German") -> str:
    """Translate one English word.

    Args:
        word: The English word.
        language: Target language: German, Finnish or Spanish.
    """
    table = {
        "german": {"library": "Bibliothek", "butterfly": "Schmetterling", "bread": "Brot"},
        "finnish": {"library": "kirjasto", "butterfly": "perhonen", "bread": "leipä"},
        "spanish": {"library": "biblioteca", "butterfly": "mariposa", "bread": "pan"},
    }
    return _find(_find(table, language, "language"), word, "word")


def exchange_rate(from_currency: str, to_currency: str) -> float:
    """How many units of one currency you get for one unit of another.

    Args:
        from_currency: Three-letter code of the currency you have, such as EUR.
        to_currency: Three-letter code of the currency you want, such as USD.
    """
    dollars = {"usd": 1.0, "eur": 1.1, "chf": 1.15, "sek": 0.094, "gbp": 1.29, "jpy": 0.0067}
    return round(
        _find(dollars, from_currency, "currency") / _find(dollars, to_currency, "currency"), 5
    )


def product_price(product: str) -> float:
    """Price of one piece of a product in our shop, in euros.

    Args:
        product: Name of the product, such as "desk lamp".
    """
    table = {"desk lamp": 34.9, "office chair": 189.0, "bookshelf": 79.5, "wall clock": 22.4}
    return _find(table, product, "product")


def stock_level(product: str, warehouse: str = "main") -> int:
    """Number of pieces of a product that are in a warehouse.

    Args:
        product: Name of the product, such as "ink cartridge".
        warehouse: Name of the warehouse: "main" or "north".
    """
    table = {
        "main": {"ink cartridge": 146, "stapler": 58, "paper box": 312},
        "north": {"ink cartridge": 87, "stapler": 0, "paper box": 45},
    }
    return _find(_find(table, warehouse, "warehouse"), product, "product")


def train_connections(origin: str, destination: str) -> list[dict]:
    """Trains of the day between two towns, each with departure, minutes (travel time) and price.

    Args:
        origin: Town where the trip starts.
        destination: Town where the trip ends.
    """
    table = {
        ("basel", "zurich"): [
            ("07:07", 53, 34.0),
            ("08:34", 66, 19.8),
            ("09:07", 55, 36.5),
            ("10:36", 71, 24.0),
        ],
        ("bern", "geneva"): [("06:34", 104, 51.0), ("08:04", 112, 44.0)],
    }
    key = (origin.strip().lower(), destination.strip().lower())
    if key not in table:
        raise ValueError(
            f"No trains from {origin} to {destination}. Known: Basel to Zurich, Bern to Geneva."
        )
    return [{"departure": d, "minutes": m, "price": p} for d, m, p in table[key]]


def flight_status(flight: str) -> dict:
    """Status of a flight: origin, scheduled and expected arrival time, and gate.

    Args:
        flight: Number of the flight, such as "KX481".
    """
    table = {
        "kx481": {"origin": "Madrid", "scheduled": "14:35", "expected": "15:22", "gate": "B17"},
        "kx902": {"origin": "Athens", "scheduled": "16:10", "expected": "16:10", "gate": "A4"},
    }
    return _find(table, flight.replace(" ", ""), "flight")


def employee(name: str) -> dict:
    """Record of an employee: department, yearly_salary and start_year.

    Args:
        name: First and last name.
    """
    table = {
        "priya nair": {"department": "Finance", "yearly_salary": 57480, "start_year": 2016},
        "jonas weber": {"department": "Sales", "yearly_salary": 48900, "start_year": 2019},
        "mei lin": {"department": "Research", "yearly_salary": 53200, "start_year": 2021},
    }
    return _find(table, name, "employee")


def orders_of_customer(customer_id: int) -> list[dict]:
    """All orders of a customer, each with date, item and amount in euros.

    Args:
        customer_id: Number of the customer.
    """
    table = {
        "1042": [
            ("2024-01-09", "kettle", 39.9),
            ("2024-02-17", "toaster", 54.5),
            ("2024-06-03", "blender", 81.25),
        ],
        "2077": [
            ("2024-03-01", "rug", 120.0),
            ("2024-03-08", "mirror", 64.0),
            ("2024-05-30", "vase", 18.5),
            ("2024-07-12", "lamp", 45.0),
            ("2024-11-20", "tray", 15.0),
        ],
    }
    return [
        {"date": d, "item": i, "amount": a} for d, i, a in _find(table, customer_id, "customer")
    ]


def sensor_readings(room: str) -> list[float]:
    """Temperatures in degrees Celsius that the sensor of a room measured today.

    Args:
        room: Name of the room, such as "kitchen".
    """
    table = {
        "server room": [23.4, 24.1, 26.8, 27.5, 25.9, 24.3],
        "kitchen": [19.2, 20.8, 22.6, 24.0, 23.1, 21.9, 22.4],
        "cellar": [11.0, 11.2, 11.1],
    }
    return list(_find(table, room, "room"))


def nutrition(food: str) -> dict:
    """Nutrition facts of 100 g of a food: kcal, protein_g and sugar_g.

    Args:
        food: Name of the food, such as "oat".
    """
    table = {
        "lentil": {"kcal": 116, "protein_g": 9.0, "sugar_g": 1.8},
        "oat": {"kcal": 372, "protein_g": 13.5, "sugar_g": 0.9},
        "yogurt": {"kcal": 63, "protein_g": 4.2, "sugar_g": 5.1},
    }
    return _find(table, food, "food")


def movie_info(title: str) -> dict:
    """Facts about a film: director, year and minutes (length).

    Args:
        title: Title of the film.
    """
    table = {
        "the silent harbour": {"director": "Ida Lund", "year": 1994, "minutes": 128},
        "paper moons": {"director": "Omar Reyes", "year": 2007, "minutes": 97},
    }
    return _find(table, title, "film")


def road_distance(start: str, end: str) -> float:
    """Distance by road between two towns in kilometres.

    Args:
        start: Name of the first town.
        end: Name of the second town.
    """
    table = {"graz-linz": 220.0, "graz-vienna": 198.0, "linz-vienna": 184.0}
    return _find(
        table, "-".join(sorted((start.strip().lower(), end.strip().lower()))), "pair of towns"
    )


def recipe(dish: str) -> dict:
    """Amounts of the ingredients in grams for 4 people.

    Args:
        dish: Name of the dish, such as "pancakes".
    """
    table = {
        "pancake": {"flour": 260, "milk": 480, "egg": 150, "sugar": 30},
        "tomato soup": {"tomato": 900, "onion": 120, "cream": 100},
    }
    return dict(_find(table, dish, "dish"))


def exam_scores(class_name: str) -> dict:
    """Scores of all pupils of a class in the last exam, by first name.

    Args:
        class_name: Name of the class, such as "8b".
    """
    table = {
        "8b": {"Lena": 71, "Farid": 88, "Noah": 64, "Ines": 93, "Pavel": 82},
        "7a": {"Mia": 58, "Luca": 77, "Hana": 91, "Oskar": 69, "Rosa": 84, "Ben": 62},
    }
    return dict(_find(table, class_name.lower().replace("class", ""), "class"))


def calendar_events(date: str) -> list[dict]:
    """Events of a day in my calendar, each with start, title and minutes (duration).

    Args:
        date: The day in the form YYYY-MM-DD.
    """
    table = {
        "2025-05-12": [
            ("09:00", "Budget meeting", 75),
            ("11:30", "Call with Oslo", 30),
            ("14:00", "Review", 105),
        ],
        "2025-05-13": [("10:00", "Dentist", 45)],
    }
    return [{"start": s, "title": t, "minutes": m} for s, t, m in table.get(date.strip(), [])]


def hotel_price(hotel: str, nights: int = 1) -> float:
    """Total price of a stay in a hotel in euros, including the cleaning fee that is charged once per stay.

    Args:
        hotel: Name of the hotel.
        nights: Number of nights.
    """
    if nights < 1:
        raise ValueError("The number of nights must be at least 1.")
    key = hotel.strip().lower().removeprefix("hotel ")
    nightly = _find({"alpenblick": 128.0, "seaview": 94.0, "central": 110.0}, key, "hotel")
    return round(nightly * nights + 15, 2)


def parking_fee(minutes: int) -> float:
    """Fee in euros for a stay in the city car park.

    Args:
        minutes: Length of the stay in minutes.
    """
    if minutes < 0:
        raise ValueError("The length of the stay cannot be negative.")
    started_hours = -(-int(minutes) // 60)
    return 0.0 if minutes <= 15 else round(min(2.7 + 1.9 * (started_hours - 1), 21.0), 2)


def shipping_cost(weight_kg: float, express: bool = False) -> float:
    """Cost in euros of sending one parcel.

    Args:
        weight_kg: Weight of the parcel in kilograms.
        express: Whether the parcel goes by express.
    """
    if not 0 < weight_kg <= 30:
        raise ValueError("The weight must be more than 0 and at most 30 kilograms.")
    cost = 3.9 + 1.2 * weight_kg
    return round(cost * 1.8 if express else cost, 2)


def parts_weight(parts: list[str]) -> float:
    """Total weight of bicycle parts in kilograms. A part that is listed twice counts twice.

    Args:
        parts: Names of the parts, such as ["frame", "pedal"].
    """
    if isinstance(parts, str):
        raise ValueError('Give a list of names, such as ["frame", "pedal"].')
    table = {"frame": 2.35, "wheel": 1.42, "saddle": 0.31, "pedal": 0.18, "handlebar": 0.44}
    return round(sum(_find(table, part, "part") for part in parts), 3)


def league_table() -> list[dict]:
    """Table of the town football league, each team with name, played, goals and points."""
    rows = [
        ("Rovers", 14, 31, 33),
        ("Athletic", 14, 27, 29),
        ("United", 14, 25, 22),
        ("Wanderers", 14, 16, 15),
        ("Harriers", 14, 11, 8),
    ]
    return [{"name": n, "played": p, "goals": g, "points": s} for n, p, g, s in rows]


def electricity_use(month: int) -> float:
    """Electricity our house used in a month of last year, in kWh.

    Args:
        month: Number of the month, from 1 to 12.
    """
    table = [412.5, 388.0, 351.5, 296.0, 254.5, 231.0, 226.5, 240.0, 268.5, 318.0, 372.5, 421.0]
    if not 1 <= int(month) <= 12:
        raise ValueError("The month must be a number from 1 to 12.")
    return table[int(month) - 1]


def sun_times(city: str) -> dict:
    """Times of sunrise and sunset in a city today, as HH:MM.

    Args:
        city: Name of the city.
    """
    table = {
        "bergen": {"sunrise": "05:47", "sunset": "20:31"},
        "madrid": {"sunrise": "07:12", "sunset": "20:44"},
    }
    return _find(table, city, "city")


def library_book(shelf_mark: str) -> dict:
    """Record of a book in the town library: title, author, pages and available.

    Args:
        shelf_mark: Shelf mark of the book, such as "L-2207".
    """
    table = {
        "l-2207": {
            "title": "The Glass Orchard",
            "author": "Nora Feld",
            "pages": 408,
            "available": True,
        },
        "l-3115": {
            "title": "Winter Maps",
            "author": "Samir Haddad",
            "pages": 276,
            "available": False,
        },
    }
    return _find(table, shelf_mark, "shelf mark")


def phone_extension(name: str) -> str:
    """Phone extension of a colleague.

    Args:
        name: First and last name.
    """
    return _find({"tomas berg": "4417", "aiko mori": "4382"}, name, "colleague")


def bus_fare(age: int, zones: int = 1) -> float:
    """Price in euros of a single bus ticket.

    Args:
        age: Age of the passenger in years.
        zones: Number of zones of the trip.
    """
    if age < 0 or zones < 1:
        raise ValueError("The age must be at least 0 and the number of zones at least 1.")
    fare = 2.4 + 1.3 * (zones - 1)
    return 0.0 if age < 6 else round(fare * (0.5 if age < 15 or age >= 65 else 1), 2)


def tell_joke(topic: str) -> str:
    """A short joke.

    Args:
        topic: What the joke is about.
    """
    return f"Why did the {topic} cross the road? To get to the other side."


def play_music(title: str, volume: int = 5) -> str:
    """Play a song on the speaker in the living room.

    Args:
        title: Title of the song.
        volume: Volume from 1 to 10.
    """
    if not 1 <= volume <= 10:
        raise ValueError("The volume must be from 1 to 10.")
    return f"Now playing {title} at volume {volume}."


# ---------------------------------------------------------------- tasks

TASKS = (
    # no tool in reach
    SmallTask(group="no_tool", text="What is 17.5% of 840?", check=number(147)),
    SmallTask(
        group="no_tool",
        text="A jacket costs 129 euros and is reduced by 30%. How much does it cost now?",
        check=number(90.3),
    ),
    SmallTask(
        group="no_tool",
        text="Convert 26.2 miles to kilometres. One mile is 1.609 kilometres.",
        check=number(42.1558),
    ),
    SmallTask(
        group="no_tool",
        text="How many days are there from 14 March 2023 to 2 November 2023?",
        check=number(233),
    ),
    SmallTask(
        group="no_tool",
        text="Which day of the week was 17 September 1987?",
        check=words("Thursday"),
    ),
    SmallTask(
        group="no_tool",
        text="Please put these names in alphabetical order: Milo, Anna, Zoe, Bert, Clara, Ivan.",
        check=words("Anna", "Bert", "Clara", "Ivan", "Milo", "Zoe"),
    ),
    SmallTask(
        group="no_tool",
        text='How often does the letter e occur in "the bees were sleeping between the green leaves"?',
        check=number(15),
    ),
    SmallTask(group="no_tool", text="Is 391 a prime number? Answer yes or no.", check=no()),
    SmallTask(
        group="no_tool", text='Write the word "lampshade" backwards.', check=words("edahspmal")
    ),
    SmallTask(
        group="no_tool",
        text="Today we sold 34 kg of apples at 2.80 per kg, 21 kg of pears at 3.20 per kg and 15 kg of plums at 4.50 "
        "per kg. What did we take in altogether?",
        check=number(229.9),
    ),
    SmallTask(
        group="no_tool", text="Average of 7.5, 8.25, 6, 9.75 and 5.5, please.", check=number(7.4)
    ),
    SmallTask(
        group="no_tool",
        text="I drove 468 km and used 31.2 litres of petrol. How many litres is that per 100 km?",
        check=number(6.6667),
    ),
    SmallTask(
        group="no_tool",
        text="A film starts at 20:45 and lasts 137 minutes. At what time does it end?",
        check=any_of(words("23:02"), words("11:02")),
    ),
    SmallTask(
        group="no_tool",
        text="I put 2,000 euros into an account that pays 3% interest per year, compounded yearly. How much is in the "
        "account after 6 years? Round to cents.",
        check=number(2388.1),
    ),
    SmallTask(
        group="no_tool",
        text="How many letters does the longest of these words have: harbour, lantern, woodpecker, meadow, teaspoon?",
        check=number(10),
    ),
    SmallTask(
        group="no_tool", text="Add up all the multiples of 7 between 1 and 200.", check=number(2842)
    ),
    SmallTask(
        group="no_tool",
        text="My oven shows 165 degrees Celsius. What is that in Fahrenheit?",
        check=number(329),
    ),
    SmallTask(
        group="no_tool",
        text="Five friends share a restaurant bill of 187.40 and add a 10% tip. How much does each of them pay?",
        check=number(41.228),
    ),
    SmallTask(
        group="no_tool",
        text="Find the median of 12, 45, 7, 23, 56, 31, 18 and 9.",
        check=number(20.5),
    ),
    SmallTask(
        group="no_tool",
        text="Quiz scores: Lea 78, Tom 91, Jin 85, Sara 88. By how many points is the best score above the average?",
        check=number(5.5),
    ),
    # one tool in reach that does not help
    SmallTask(
        group="irrelevant_tool",
        text="What do 26 notebooks cost if one costs 3.75?",
        check=number(97.5),
        tools=(weather,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text='Count the vowels (a, e, i, o, u) in "international cooperation".',
        check=number(12),
        tools=(population,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="How many seconds are there in 3 days and 4 hours?",
        check=number(273600),
        tools=(visit_web_page,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text='Does the word "rotavator" read the same forwards and backwards? Answer yes or no.',
        check=yes(),
        tools=(search_encyclopedia,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="My savings went from 1,500 to 1,747.50. By how many percent did they grow?",
        check=number(16.5),
        tools=(stock_price,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text='Give me the words of "river stone cloud morning" in reverse order.',
        check=words("morning", "cloud", "stone", "river"),
        tools=(send_mail,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="The Fibonacci sequence starts 1, 1, 2, 3, 5. What is its 14th number?",
        check=number(377),
        tools=(translate_word,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="I am 5 feet 11 inches tall. How many centimetres is that? A foot has 12 inches and an inch is 2.54 cm.",
        check=number(180.34),
        tools=(exchange_rate,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="What date is 45 days after 10 January 2025?",
        check=any_of(
            words("24", "February"),
            words("February", "24"),
            words("24", "Feb"),
            words("Feb", "24"),
            words("February", "24th"),
            words("24th", "February"),
            words("2025-02-24"),
            words("24.02.2025"),
            words("24/02/2025"),
            words("02/24/2025"),
            words("2/24/2025"),
            words("2025", "2", "24"),
        ),
        tools=(product_price,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="A car covers 84 km in 1 hour and 10 minutes. What is its average speed in km/h?",
        check=number(72),
        tools=(flight_status,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="A room is 4.2 m wide and 5.6 m long. Carpet costs 18.50 per square metre. Work out the cost of carpeting "
        "the whole room.",
        check=number(435.12),
        tools=(hotel_price,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="Add up the different numbers in this list, each of them only once: 4, 8, 4, 15, 8, 16, 23, 15.",
        check=number(66),
        tools=(nutrition,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text='How many words are in this sentence: "The old man sat by the window and watched the boats come home '
        'before the storm"?',
        check=number(16),
        tools=(movie_info,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="How many minutes pass between 9:35 and 14:10 on the same day?",
        check=number(275),
        tools=(sun_times,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="Will the year 2100 be a leap year? Yes or no.",
        check=no(),
        tools=(phone_extension,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="Take the largest of these numbers minus the smallest: 38, -12, 91, 7, -30, 64.",
        check=number(121),
        tools=(tell_joke,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="My monthly costs are: rent 850, food 420, transport 95, leisure 135. What percentage of the total is the "
        "rent?",
        check=number(56.6667),
        tools=(play_music,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="Greatest common divisor of 252 and 378?",
        check=number(126),
        tools=(calendar_events,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="Sort these from largest to smallest: 3.2, 11, 0.5, 7.75, 10.",
        check=words("11", "10", "7.75", "3.2", "0.5"),
        tools=(recipe,),
    ),
    SmallTask(
        group="irrelevant_tool",
        text="Eight workers need 15 days to pave a road. How many days would six workers need at the same pace?",
        check=number(20),
        tools=(shipping_cost,),
    ),
    # one tool in reach, and it is needed
    SmallTask(
        group="right_tool",
        text="How many more people live in Leeds than in Bristol?",
        check=number(63815),
        tools=(population,),
    ),
    SmallTask(
        group="right_tool",
        text="By how many degrees is Lisbon warmer than Oslo today?",
        check=number(15.5),
        tools=(weather,),
    ),
    SmallTask(
        group="right_tool",
        text="Is rain expected in Dublin tomorrow? Please answer yes or no.",
        check=yes(),
        tools=(weather,),
    ),
    SmallTask(
        group="right_tool",
        text="I own 35 shares with the symbol NORX. What are they worth in dollars right now?",
        check=number(2947),
        tools=(stock_price,),
    ),
    SmallTask(
        group="right_tool",
        text="How many Swiss francs do I get for 260 euros?",
        check=number(248.6952),
        tools=(exchange_rate,),
    ),
    SmallTask(
        group="right_tool",
        text="I'd like three desk lamps and two office chairs. What will that cost me in total?",
        check=number(482.7),
        tools=(product_price,),
    ),
    SmallTask(
        group="right_tool",
        text="Tell me how many ink cartridges we have in the main and the north warehouse together.",
        check=number(233),
        tools=(stock_level,),
    ),
    SmallTask(
        group="right_tool",
        text="How much money has customer 1042 spent with us in total?",
        check=number(175.65),
        tools=(orders_of_customer,),
    ),
    SmallTask(
        group="right_tool",
        text="Mean temperature in the server room today?",
        check=number(25.3333),
        tools=(sensor_readings,),
    ),
    SmallTask(
        group="right_tool",
        text="How many kilocalories are in 250 g of lentils?",
        check=number(290),
        tools=(nutrition,),
    ),
    SmallTask(
        group="right_tool",
        text="When does the cheapest train from Basel to Zurich leave?",
        check=any_of(words("08:34"), words("8:34")),
        tools=(train_connections,),
    ),
    SmallTask(
        group="right_tool",
        text="Who got the best score in class 8b?",
        check=words("Ines"),
        tools=(exam_scores,),
    ),
    SmallTask(
        group="right_tool",
        text="Priya Nair's yearly salary is paid in 12 equal parts. How much does she get each month?",
        check=number(4790),
        tools=(employee,),
    ),
    SmallTask(
        group="right_tool",
        text="I have 700 euros. How much will be left after I pay for 4 nights in the Hotel Alpenblick?",
        check=number(173),
        tools=(hotel_price,),
    ),
    SmallTask(
        group="right_tool",
        text="What do I have to pay for parking in the city car park for 3 hours and 20 minutes?",
        check=number(8.4),
        tools=(parking_fee,),
    ),
    SmallTask(
        group="right_tool",
        text="For a parcel of 4.5 kg, how much more does express cost than normal shipping?",
        check=number(7.44),
        tools=(shipping_cost,),
    ),
    SmallTask(
        group="right_tool",
        text="How heavy are a frame, two wheels and a saddle together?",
        check=number(5.5),
        tools=(parts_weight,),
    ),
    SmallTask(
        group="right_tool",
        text="At what age did the painter Elsbeth Varga die?",
        check=number(75),
        tools=(search_encyclopedia,),
    ),
    SmallTask(
        group="right_tool",
        text="How many points lie between the first and the last team of the town football league?",
        check=number(25),
        tools=(league_table,),
    ),
    SmallTask(
        group="right_tool",
        text="Please add up the lengths of everything in my calendar on 12 May 2025 and give me the sum in hours.",
        check=number(3.5),
        tools=(calendar_events,),
    ),
    # three tools in reach, one of them is needed
    SmallTask(
        group="three_tools",
        text="How many kWh did our house use in January, February and March of last year together?",
        check=number(1152),
        tools=(product_price, electricity_use, weather),
    ),
    SmallTask(
        group="three_tools",
        text="How many minutes are there between sunrise and sunset in Bergen today?",
        check=number(884),
        tools=(sun_times, population, exchange_rate),
    ),
    SmallTask(
        group="three_tools",
        text="By how many minutes is flight KX481 late?",
        check=number(47),
        tools=(train_connections, hotel_price, flight_status),
    ),
    SmallTask(
        group="three_tools",
        text="If I read 24 pages a day, how many days do I need for the library book with the shelf mark L-2207?",
        check=number(17),
        tools=(movie_info, library_book, send_mail),
    ),
    SmallTask(
        group="three_tools",
        text="I want to watch The Silent Harbour and then Paper Moons. How many hours will the two films take?",
        check=number(3.75),
        tools=(movie_info, play_music, library_book),
    ),
    SmallTask(
        group="three_tools",
        text='What is the Finnish word for "butterfly"?',
        check=words("perhonen"),
        tools=(phone_extension, weather, translate_word),
    ),
    SmallTask(
        group="three_tools",
        text="Which extension do I dial to reach Tomas Berg?",
        check=words("4417"),
        tools=(send_mail, phone_extension, calendar_events),
    ),
    SmallTask(
        group="three_tools",
        text='Send a mail with the subject "Lunch" to ana@example.org, asking her if noon suits her. Then tell me the '
        "reference of the message.",
        check=words("6490"),
        tools=(send_mail, tell_joke, translate_word),
    ),
    SmallTask(
        group="three_tools",
        text="See https://museum.example/prices and tell me what two adults and three children pay altogether.",
        check=number(47),
        tools=(bus_fare, stock_price, visit_web_page),
    ),
    SmallTask(
        group="three_tools",
        text="How many hours does it take to drive from Graz to Linz by road at an average of 80 km/h?",
        check=number(2.75),
        tools=(recipe, road_distance, sun_times),
    ),
    SmallTask(
        group="three_tools",
        text="I'm making pancakes for 10 people. How many grams of flour do I need?",
        check=number(650),
        tools=(recipe, product_price, nutrition),
    ),
    SmallTask(
        group="three_tools",
        text="I bought 20 VELA shares at 41.50 dollars each. What is my profit if I sell them all now?",
        check=number(127),
        tools=(exchange_rate, parking_fee, stock_price),
    ),
    SmallTask(
        group="three_tools",
        text="Work out the average exam score of class 7a.",
        check=number(73.5),
        tools=(employee, exam_scores, league_table),
    ),
    SmallTask(
        group="three_tools",
        text="Does Mei Lin earn more than Jonas Weber? Answer yes or no.",
        check=yes(),
        tools=(employee, phone_extension, stock_level),
    ),
    SmallTask(
        group="three_tools",
        text="How many of today's readings in the kitchen were above 22 degrees?",
        check=number(4),
        tools=(weather, recipe, sensor_readings),
    ),
    SmallTask(
        group="three_tools",
        text="How much was the most expensive order of customer 2077?",
        check=number(120),
        tools=(shipping_cost, orders_of_customer, stock_level),
    ),
    SmallTask(
        group="three_tools",
        text="Are 500 Swedish kronor worth more than 50 US dollars? Yes or no, please.",
        check=no(),
        tools=(exchange_rate, stock_price, translate_word),
    ),
    SmallTask(
        group="three_tools",
        text="Total number of people living in Porto, Turin and Ghent?",
        check=number(1338648),
        tools=(sun_times, visit_web_page, population),
    ),
    SmallTask(
        group="three_tools",
        text="What is the wind speed today, in km/h, in the windiest of these cities: Oslo, Dublin, Rome?",
        check=number(37),
        tools=(flight_status, weather, road_distance),
    ),
    SmallTask(
        group="three_tools",
        text="What do a 35-year-old and a 9-year-old pay together for a single bus trip through 2 zones?",
        check=number(5.55),
        tools=(bus_fare, parking_fee, hotel_price),
    ),
)
