# mypy: disable-error-code="type-arg, no-any-return"
"""Eighty tasks for small models, whose figures are published.

They were written by someone who had seen neither the prompts nor the tasks that these were tuned
on. Nothing may be tuned to them: a change that was made because of one of these tasks needs eighty
others.
"""

from __future__ import annotations

import re

from benchmarks.small_tasks import Check, SmallTask, any_of, no, number, numbers_in, words, yes

# ---------------------------------------------------------------- checks


def all_of(*checks: Check) -> Check:
    """All of the checks accept."""
    return lambda answer: all(check(answer) for check in checks)


def lacks(*unwanted: str) -> Check:
    """None of these words occurs."""
    return lambda answer: not any(words(word)(answer) for word in unwanted)


def matches(pattern: str, flags: int = 0) -> Check:
    """The pattern (upper and lower case differ) occurs."""
    return lambda answer: re.search(pattern, str(answer), flags) is not None


def result(expected: float, *given: float) -> Check:
    """Apart from the given numbers, the last number is the expected one."""

    def check(answer: str) -> bool:
        found = [n for n in numbers_in(answer) if n not in given]
        return bool(found) and number(expected)(repr(found[-1]))

    return check


def count(expected: int, spelled: str, *given: float) -> Check:
    """A small whole number as digits or, without other numbers, spelled out."""

    def by_word(answer: str) -> bool:
        others = [n for n in numbers_in(answer) if n not in given]
        return not others and words(spelled)(answer)

    return any_of(result(expected, *given), by_word)


def numbers_are(*expected: float, given: tuple = ()) -> Check:
    """Apart from the given numbers, exactly these numbers occur, in this order."""

    def check(answer: str) -> bool:
        return [n for n in numbers_in(answer) if n not in given] == list(expected)

    return check


def names(*expected: str, besides: tuple = ()) -> Check:
    """All expected words occur in any order, and none of the others."""
    return all_of(*(words(word) for word in expected), lacks(*besides))


def each_once(*expected: str) -> Check:
    """Each of the words occurs exactly once, in any order."""

    def check(answer: str) -> bool:
        found = re.findall(r"\w+", str(answer).lower())
        return all(found.count(word.lower()) == 1 for word in expected)

    return check


def choice(expected: str, *others: str) -> Check:
    """The expected option is the first one named, in all or in the last clause."""
    options = "|".join(re.escape(option) for option in (expected, *others))
    pattern = re.compile(rf"(?<!\w)(?:{options})(?!\w)", re.IGNORECASE)
    border = re.compile(r"[.!?;:]\s|\n|\bso\b|\btherefore\b|\bhence\b", re.IGNORECASE)

    def check(answer: str) -> bool:
        clauses = [part for part in border.split(str(answer)) if part.strip()]
        for text in (str(answer), clauses[-1] if clauses else ""):
            found = pattern.search(text)
            if found and found[0].lower() == expected.lower():
                return True
        return False

    return check


def weekday(expected: str) -> Check:
    """A day of the week, in full or as three letters."""
    return any_of(words(expected), words(expected[:3]))


def date_is(year: int, month: int, day: int) -> Check:
    """A date in any usual form."""
    full = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ][month - 1]
    name = rf"(?:{full}|{full[:3]})\b\.?"
    suffix = r"(?:st|nd|rd|th)?"
    short = rf"(?:{year}|{year % 100:02d})"
    forms = (
        rf"(?<!\d){year}[-/.]0?{month}[-/.]0?{day}(?!\d)",
        rf"(?<!\d)0?{day}[-/.]\s?0?{month}[-/.]\s?{short}(?!\d)",
        rf"(?<!\d)0?{month}[-/]0?{day}[-/]{short}(?!\d)",
        rf"(?<!\d)0?{day}{suffix}[.,]?[\s-]*(?:of\s+)?{name}",
        rf"{name}[\s-]*(?:the\s+)?0?{day}{suffix}(?!\d)",
        rf"\(\s*{year},\s*{month},\s*{day}(?!\d)",
    )
    return matches("|".join(forms), re.IGNORECASE)


def clock(hour: int, minute: int) -> Check:
    """A time of the day, such as 14:05, 2:05 pm or 14h05."""
    forms = [
        rf"(?<!\d)0?{hour}\s?[:.h]\s?{minute:02d}(?!\d)",
        rf"\(\s*{hour},\s*{minute}(?!\d)",
    ]
    if hour > 12:
        forms.append(rf"(?<!\d)0?{hour - 12}[:.]{minute:02d}(?::00)?\s?p\.?m")
    return matches("|".join(forms), re.IGNORECASE)


def duration(hours: int, minutes: int) -> Check:
    """Hours and minutes, such as 3:20, 3h20 or 3 hours and 20 minutes."""
    between = r"\s*(?::|h\b|h(?=\d)|hrs?\b|hours?\b)[\s,]*(?:and\s*)?"
    pattern = rf"(?<!\d)0?{hours}{between}{minutes}(?!\d)"
    return matches(pattern, re.IGNORECASE)


def digits(expected: str) -> Check:
    """These digits in a row, however they are grouped."""
    return lambda answer: expected in re.sub(r"\D", "", str(answer))


# ---------------------------------------------------------------- tools


def get_weather(city: str) -> dict:
    """Return today's weather of a city as a dict: temperature (C), wind, rain (mm).

    Args:
        city: Name of the city.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {
        "Kolmar": {"temperature": 26.5, "wind": 14, "rain": 0.0},
        "Brenna": {"temperature": 9.5, "wind": 31, "rain": 6.2},
        "Port Elva": {"temperature": 18.0, "wind": 22, "rain": 1.4},
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(city) not in found:
        raise ValueError(f"no city {city!r}; known cities: {', '.join(table)}")
    return found[clean(city)]


def product_price(product: str) -> float:
    """Return the price of one piece of a product in our shop, in euros.

    Args:
        product: Name of the product, such as 'toaster'.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {"toaster": 34.9, "kettle": 27.35, "mixer": 58.2, "frying pan": 41.75}
    found = {clean(key): value for key, value in table.items()}
    if clean(product) not in found:
        raise ValueError(f"no product {product!r}; known: {', '.join(table)}")
    return found[clean(product)]


def customer_orders(customer: str) -> list[dict]:
    """Return a customer's orders, a list of dicts with the keys item and amount.

    Args:
        customer: Last name of the customer.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {
        "Okafor": [
            {"item": "desk lamp", "amount": 48.5},
            {"item": "bookcase", "amount": 129.0},
            {"item": "cushion", "amount": 17.25},
            {"item": "curtain", "amount": 63.0},
        ],
        "Lindqvist": [
            {"item": "wardrobe", "amount": 389.0},
            {"item": "carpet", "amount": 214.5},
            {"item": "mattress", "amount": 465.0},
            {"item": "stool", "amount": 39.9},
        ],
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(customer) not in found:
        raise ValueError(f"no customer {customer!r}; known: {', '.join(table)}")
    return found[clean(customer)]


def exchange_rate(currency: str) -> float:
    """Return how many euros one unit of a currency is worth.

    Args:
        currency: Code of the currency, such as 'USD'.
    """
    table = {"USD": 0.8317, "NOK": 0.1043, "GBP": 1.2265, "CHF": 0.9718}
    code = str(currency).upper().strip()
    if code not in table:
        raise ValueError(f"no currency {currency!r}; known: {', '.join(table)}")
    return table[code]


def translate(text: str, language: str) -> str:
    """Return the translation of an English word or phrase.

    Args:
        text: English word or phrase.
        language: Language to translate into, 'Basque' or 'Welsh'.
    """

    def clean(part: str) -> str:
        return "".join(filter(str.isalnum, str(part).lower())).rstrip("s")

    table = {
        "Basque": {
            "where is the station": "non dago geltokia",
            "good morning": "egun on",
            "library": "liburutegi",
        },
        "Welsh": {
            "where is the station": "ble mae'r orsaf",
            "good morning": "bore da",
            "library": "llyfrgell",
        },
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(language) not in found:
        raise ValueError(f"no language {language!r}; known: {', '.join(table)}")
    phrases = {clean(key): value for key, value in found[clean(language)].items()}
    if clean(text) not in phrases:
        raise ValueError(f"cannot translate {text!r}; give the bare English phrase")
    return phrases[clean(text)]


def train_departures(station: str) -> list[str]:
    """Return today's train departures from a station as a list of times 'HH:MM'.

    Args:
        station: Name of the station.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {
        "Halden": ["06:12", "09:48", "13:35", "14:52", "17:20"],
        "Oskam": ["05:55", "08:10", "12:41", "16:03"],
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(station) not in found:
        raise ValueError(f"no station {station!r}; known: {', '.join(table)}")
    return found[clean(station)]


def book_table(restaurant: str, persons: int, time: str) -> str:
    """Book a table for tonight and return the booking code.

    Args:
        restaurant: Name of the restaurant.
        persons: Number of persons.
        time: Time as 'HH:MM', such as '18:00'.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {"Luna": 1810, "Old Mill": 2460, "Saffron": 3275}
    found = {clean(key): value for key, value in table.items()}
    if clean(restaurant) not in found:
        raise ValueError(f"no restaurant {restaurant!r}; known: {', '.join(table)}")
    parts = str(time).strip().split(":")
    if len(parts) < 2 or not all(part.isdigit() for part in parts):
        raise ValueError(f"time must be HH:MM, such as 18:00, not {time!r}")
    number_ = found[clean(restaurant)] + 37 * int(persons) + int(parts[0])
    return f"{clean(restaurant)[0].upper()}-{number_ + int(parts[1])}"


def send_message(recipient: str, text: str) -> dict:
    """Send a text message and return a dict with the keys status and message_id.

    Args:
        recipient: First name of the person who gets the message.
        text: Text of the message.
    """

    def clean(part: str) -> str:
        return "".join(filter(str.isalnum, str(part).lower())).rstrip("s")

    table = {"Jonas": 48213, "Priya": 51907, "Mum": 60142}
    found = {clean(key): value for key, value in table.items()}
    if clean(recipient) not in found:
        raise ValueError(f"no contact {recipient!r}; known: {', '.join(table)}")
    if not str(text).strip():
        raise ValueError("the text of the message must not be empty")
    return {"status": "sent", "message_id": found[clean(recipient)]}


def calories(food: str) -> int:
    """Return the energy of a food in kcal per 100 g.

    Args:
        food: Name of the food, such as 'rice'.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {"rice": 133, "gnocchi": 138, "granola": 447, "hummus": 251}
    found = {clean(key): value for key, value in table.items()}
    if clean(food) not in found:
        raise ValueError(f"no food {food!r}; known foods: {', '.join(table)}")
    return found[clean(food)]


def book_info(title: str) -> dict:
    """Return a dict with the keys author, year and pages of a book.

    Args:
        title: Title of the book.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {
        "Silent Orchard": {"author": "Lena Voss", "year": 2009, "pages": 312},
        "Glass Harbour": {"author": "Tom Adeyemi", "year": 1997, "pages": 264},
        "Winter Letters": {"author": "Ruth Calder", "year": 2016, "pages": 428},
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(title) not in found:
        raise ValueError(f"no book {title!r}; known books: {', '.join(table)}")
    return found[clean(title)]


def stock_level(item: str) -> int:
    """Return how many pieces of an item are in stock.

    Args:
        item: Name of the item, such as 'table'.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {"chair": 47, "table": 18, "folding bed": 26}
    found = {clean(key): value for key, value in table.items()}
    if clean(item) not in found:
        raise ValueError(f"no item {item!r}; known items: {', '.join(table)}")
    return found[clean(item)]


def distance_km(start: str, end: str) -> float:
    """Return the distance by road between two towns in km.

    Args:
        start: Town where the journey starts.
        end: Town where the journey ends.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {
        ("Brenna", "Oskam"): 86.5,
        ("Brenna", "Kolmar"): 141.0,
        ("Kolmar", "Oskam"): 63.2,
    }
    found = {frozenset(map(clean, pair)): value for pair, value in table.items()}
    pair = frozenset((clean(start), clean(end)))
    if pair not in found:
        raise ValueError(f"no road {start!r} to {end!r}; towns: Brenna, Kolmar, Oskam")
    return found[pair]


def phone_number(contact: str) -> str:
    """Return the phone number of a contact in the address book.

    Args:
        contact: Name or job of the contact, such as 'dentist'.
    """

    def clean(text: str) -> str:
        text = str(text).lower().strip().removeprefix("the ")
        return "".join(filter(str.isalnum, text)).rstrip("s")

    table = {
        "plumber": "044 318 27 95",
        "dentist": "031 770 46 12",
        "landlord": "062 905 13 38",
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(contact) not in found:
        raise ValueError(f"no contact {contact!r}; known: {', '.join(table)}")
    return found[clean(contact)]


def opening_hours(shop: str) -> dict:
    """Return today's opening hours of a shop, a dict with the keys opens and closes.

    Args:
        shop: Name of the shop.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {
        "Fenwick": {"opens": "08:30", "closes": "19:15"},
        "Green Corner": {"opens": "10:00", "closes": "17:45"},
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(shop) not in found:
        raise ValueError(f"no shop {shop!r}; known shops: {', '.join(table)}")
    return found[clean(shop)]


def room_temperatures(room: str) -> list[float]:
    """Return today's temperatures measured in a room, a list in degrees Celsius.

    Args:
        room: Name of the room.
    """

    def clean(text: str) -> str:
        text = str(text).lower().strip().removeprefix("the ")
        return "".join(filter(str.isalnum, text)).rstrip("s")

    table = {
        "greenhouse": [24.5, 26.0, 27.5, 23.0, 25.5],
        "cellar": [11.5, 11.0, 12.5, 12.0],
        "bedroom": [18.5, 19.0, 17.5],
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(room) not in found:
        raise ValueError(f"no room {room!r}; known rooms: {', '.join(table)}")
    return found[clean(room)]


def employee_record(name: str) -> dict:
    """Return an employee's record, a dict with the keys role, wage (an hour), hired.

    Args:
        name: First and last name of the employee.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {
        "Ines Moreau": {"role": "baker", "wage": 23.45, "hired": "2017-04-01"},
        "Carl Dietz": {"role": "driver", "wage": 21.8, "hired": "2020-09-15"},
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(name) not in found:
        raise ValueError(f"no employee {name!r}; known: {', '.join(table)}")
    return found[clean(name)]


def power_used(month: str) -> float:
    """Return the electricity our household used in a month, in kWh.

    Args:
        month: English name of the month, such as 'May'.
    """
    table = {"january": 411.0, "february": 376.5, "march": 342.5, "april": 298.0}
    key = str(month).strip().lower()
    if key not in table:
        raise ValueError(f"no month {month!r}; known months: {', '.join(table)}")
    return table[key]


def team_goals(team: str) -> list[int]:
    """Return the goals a team scored this season, a list with a number per match.

    Args:
        team: Name of the team.
    """

    def clean(text: str) -> str:
        text = str(text).lower().strip().removeprefix("the ")
        return "".join(filter(str.isalnum, text)).rstrip("s")

    table = {"Falcons": [3, 0, 2, 5, 1, 4, 2], "Rovers": [1, 1, 0, 2, 3, 0, 1]}
    found = {clean(key): value for key, value in table.items()}
    if clean(team) not in found:
        raise ValueError(f"no team {team!r}; known teams: {', '.join(table)}")
    return found[clean(team)]


def flat_info(flat: int) -> dict:
    """Return a dict with the keys rent (a month), area (m2) and rooms of a flat.

    Args:
        flat: Number of the flat.
    """
    table = {
        "7": {"rent": 1180, "area": 52, "rooms": 2},
        "12": {"rent": 1491, "area": 70, "rooms": 3},
        "15": {"rent": 1925, "area": 88, "rooms": 4},
    }
    key = "".join(filter(str.isdigit, str(flat)))
    if key not in table:
        raise ValueError(f"no flat {flat!r}; known flats: {', '.join(table)}")
    return table[key]


def recipe_ingredients(dish: str) -> list[str]:
    """Return the ingredients of a dish in our cookbook as a list.

    Args:
        dish: Name of the dish.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {
        "goulash": [
            *("beef", "onion", "paprika", "lard"),
            *("caraway", "potato", "vinegar", "marjoram"),
        ],
        "pancake": ["flour", "milk", "egg", "salt", "butter"],
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(dish) not in found:
        raise ValueError(f"no dish {dish!r}; known dishes: {', '.join(table)}")
    return found[clean(dish)]


def calendar_events(day: str) -> list[str]:
    """Return my appointments on a day of this week as a list of short texts.

    Args:
        day: Day of the week, such as 'Monday'.
    """
    table = {
        "wednesday": ["Swimming 07:00", "Budget meeting 10:30"],
        "thursday": ["Haircut 16:00"],
        "friday": ["Dentist 09:15", "Choir 18:00", "Dinner with Paula 20:30"],
    }
    key = str(day).strip().lower()
    key = key if key in table else key.rstrip("s")
    if key not in table:
        raise ValueError(f"nothing stored for {day!r}; days: {', '.join(table)}")
    return table[key]


def plant_care(plant: str) -> dict:
    """Return the care of a plant as a dict: light, days_between_watering.

    Args:
        plant: Name of the plant.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {
        "monstera": {"light": "half shade", "days_between_watering": 9},
        "fern": {"light": "shade", "days_between_watering": 4},
        "aloe": {"light": "sun", "days_between_watering": 21},
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(plant) not in found:
        raise ValueError(f"no plant {plant!r}; known plants: {', '.join(table)}")
    return found[clean(plant)]


def parcel_status(parcel: str) -> str:
    """Return where a parcel is at the moment.

    Args:
        parcel: Number of the parcel.
    """
    table = {
        "7741": "held at customs in Marlow",
        "7742": "delivered to the neighbour",
        "8810": "out for delivery in Tresk",
    }
    key = "".join(filter(str.isdigit, str(parcel)))
    if key not in table:
        raise ValueError(f"no parcel {parcel!r}; known parcels: {', '.join(table)}")
    return table[key]


def film_length(film: str) -> int:
    """Return how long a film is, in minutes.

    Args:
        film: Title of the film.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {"Iron Meadow": 134, "Night Harbour": 97, "Paper Moons": 118}
    found = {clean(key): value for key, value in table.items()}
    if clean(film) not in found:
        raise ValueError(f"no film {film!r}; known films: {', '.join(table)}")
    return found[clean(film)]


def bus_fare(zones: int) -> float:
    """Return the price of a bus ticket for one person, in francs.

    Args:
        zones: Number of zones, from 1 to 4.
    """
    table = {1: 2.15, 2: 3.2, 3: 4.35, 4: 5.9}
    key = "".join(filter(str.isdigit, str(zones)))
    if not key or int(key) not in table:
        raise ValueError(f"zones must be 1, 2, 3 or 4, not {zones!r}")
    return table[int(key)]


def birthday(name: str) -> str:
    """Return the date of birth of a club member as 'YYYY-MM-DD'.

    Args:
        name: First and last name of the member.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {
        "Marta Lind": "1979-08-23",
        "Otto Brandt": "1964-02-11",
        "Yuki Mori": "1995-12-30",
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(name) not in found:
        raise ValueError(f"no member {name!r}; known: {', '.join(table)}")
    return found[clean(name)]


def medicine_dose(medicine: str) -> float:
    """Return the daily dose of a medicine in mg per kg of body weight.

    Args:
        medicine: Name of the medicine.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {"Novapril": 7.5, "Tolixan": 2.4, "Quendol": 0.8}
    found = {clean(key): value for key, value in table.items()}
    if clean(medicine) not in found:
        raise ValueError(f"no medicine {medicine!r}; known: {', '.join(table)}")
    return found[clean(medicine)]


def heart_rates(day: str) -> list[int]:
    """Return the heart rates my watch measured on a day of this week as a list.

    Args:
        day: Day of the week, such as 'Monday'.
    """
    table = {
        "monday": [64, 92, 118, 77],
        "tuesday": [71, 88, 171, 126, 83],
        "wednesday": [69, 105, 97, 80],
    }
    key = str(day).strip().lower()
    key = key if key in table else key.rstrip("s")
    if key not in table:
        raise ValueError(f"nothing stored for {day!r}; days: {', '.join(table)}")
    return table[key]


def tax_rate(region: str) -> float:
    """Return the sales tax of a region in percent of the price.

    Args:
        region: Name of the region.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {"Vellmar": 7.5, "Norland": 12.0, "East Quay": 4.25}
    found = {clean(key): value for key, value in table.items()}
    if clean(region) not in found:
        raise ValueError(f"no region {region!r}; known regions: {', '.join(table)}")
    return found[clean(region)]


def reserve_seats(film: str, seats: int) -> dict:
    """Reserve cinema seats and return a dict with the keys code and total (price).

    Args:
        film: Title of the film.
        seats: Number of seats.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {"Iron Meadow": 14.5, "Night Harbour": 12.8, "Paper Moons": 13.0}
    found = {clean(key): value for key, value in table.items()}
    if clean(film) not in found:
        raise ValueError(f"no film {film!r}; known films: {', '.join(table)}")
    total = round(found[clean(film)] * int(seats), 2)
    return {"code": f"RS{int(total * 10) + 7000 + int(seats)}", "total": total}


def river_level(river: str) -> float:
    """Return the present water level of a river in metres.

    Args:
        river: Name of the river.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {"Sorn": 3.87, "Elbach": 1.94, "Great Tarn": 5.31}
    found = {clean(key): value for key, value in table.items()}
    if clean(river) not in found:
        raise ValueError(f"no river {river!r}; known rivers: {', '.join(table)}")
    return found[clean(river)]


def pet_record(pet: str) -> dict:
    """Return a pet's record as a dict with the keys species, age and weight (kg).

    Args:
        pet: Name of the pet.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {
        "Biscuit": {"species": "dog", "age": 6, "weight": 15.0},
        "Shadow": {"species": "cat", "age": 11, "weight": 4.3},
        "Pepper": {"species": "rabbit", "age": 2, "weight": 1.8},
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(pet) not in found:
        raise ValueError(f"no pet {pet!r}; known pets: {', '.join(table)}")
    return found[clean(pet)]


def find_shelf(product: str) -> str:
    """Return the shelf of the warehouse where a product is kept.

    Args:
        product: Name of the product, such as 'hammer'.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {"hammer": "A-03", "ladder": "D-14", "paint bucket": "C-22"}
    found = {clean(key): value for key, value in table.items()}
    if clean(product) not in found:
        raise ValueError(f"no product {product!r}; known: {', '.join(table)}")
    return found[clean(product)]


def poll_votes(topic: str) -> list[dict]:
    """Return the votes of a poll, a list of dicts with the keys option and votes.

    Args:
        topic: Topic of the poll, such as 'club colour'.
    """

    def clean(text: str) -> str:
        text = str(text).lower().strip().removeprefix("the ")
        return "".join(filter(str.isalnum, text)).rstrip("s")

    table = {
        "summer trip": [
            {"option": "lake", "votes": 17},
            {"option": "museum", "votes": 23},
            {"option": "zoo", "votes": 21},
        ],
        "club colour": [
            {"option": "green", "votes": 30},
            {"option": "orange", "votes": 31},
        ],
    }
    found = {clean(key): value for key, value in table.items()}
    if clean(topic) not in found:
        raise ValueError(f"no poll on {topic!r}; known polls: {', '.join(table)}")
    return found[clean(topic)]


def set_alarm(time: str) -> str:
    """Set an alarm for tomorrow and return a confirmation with its reference.

    Args:
        time: Time as 'HH:MM', such as '07:00'.
    """
    parts = str(time).strip().split(":")
    if len(parts) < 2 or not all(part.isdigit() for part in parts):
        raise ValueError(f"time must be HH:MM, such as 07:00, not {time!r}")
    hour, minute = int(parts[0]), int(parts[1])
    if hour > 23 or minute > 59:
        raise ValueError(f"there is no time {time!r}")
    reference = (hour * 60 + minute) * 7 + 11
    return f"Alarm set for {hour:02d}:{minute:02d}, reference K{reference}"


def synonyms(word: str) -> list[str]:
    """Return the synonyms of a word as a list.

    Args:
        word: English word.
    """
    table = {
        "brave": ["valiant", "bold", "plucky", "fearless"],
        "tired": ["weary", "drowsy", "spent"],
        "quick": ["swift", "brisk", "nimble"],
    }
    key = str(word).strip().lower()
    if key not in table:
        raise ValueError(f"no word {word!r}; known words: {', '.join(table)}")
    return table[key]


def wifi_password(room: str) -> str:
    """Return the wifi password of a hotel room.

    Args:
        room: Number of the room.
    """
    table = {"118": "cedar-2094", "305": "maple-7731", "412": "birch-5560"}
    key = "".join(filter(str.isdigit, str(room)))
    if key not in table:
        raise ValueError(f"no room {room!r}; known rooms: {', '.join(table)}")
    return table[key]


def absent_pupils(school_class: str) -> list[str]:
    """Return the names of the pupils of a class who are absent today as a list.

    Args:
        school_class: Name of the class, such as '3a'.
    """
    table = {"3a": ["Nils"], "4b": ["Amira", "Leon", "Sofie"], "5c": ["Ravi", "Emma"]}
    key = str(school_class).lower().replace(" ", "").removeprefix("class")
    if key not in table:
        raise ValueError(f"no class {school_class!r}; known: {', '.join(table)}")
    return table[key]


def horoscope(sign: str) -> str:
    """Return today's horoscope of a star sign.

    Args:
        sign: Star sign, such as 'Leo'.
    """
    table = {
        "leo": "A calm day with good company.",
        "virgo": "An old friend will call.",
        "aries": "Patience pays off this evening.",
    }
    key = str(sign).strip().lower()
    if key not in table:
        raise ValueError(f"no sign {sign!r}; known signs: {', '.join(table)}")
    return table[key]


def radio_song(station: str) -> str:
    """Return the title of the song that a radio station is playing now.

    Args:
        station: Name of the radio station.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {"Radio Nord": "Blue Lantern", "City Wave": "Run to the Coast"}
    found = {clean(key): value for key, value in table.items()}
    if clean(station) not in found:
        raise ValueError(f"no station {station!r}; known: {', '.join(table)}")
    return found[clean(station)]


def parking_spaces(garage: str) -> int:
    """Return how many spaces are free in a car park.

    Args:
        garage: Name of the car park.
    """

    def clean(text: str) -> str:
        return "".join(filter(str.isalnum, str(text).lower())).rstrip("s")

    table = {"Central": 58, "Opera": 0, "West Gate": 133}
    found = {clean(key): value for key, value in table.items()}
    if clean(garage) not in found:
        raise ValueError(f"no car park {garage!r}; known: {', '.join(table)}")
    return found[clean(garage)]


# ---------------------------------------------------------------- tasks


def _tasks(group: str, *rows: tuple) -> list[SmallTask]:
    return [
        SmallTask(group=group, text=text, check=check, tools=tuple(tools))
        for text, check, *tools in rows
    ]


_NO_TOOL = _tasks(
    "no_tool",
    (
        "A jacket costs 80 euros, and today it is 35% off. What do I pay?",
        result(52, 80, 35),
    ),
    (
        "How many times does the letter e occur in 'the elephant ate seven green pears'?",
        count(9, "nine"),
    ),
    ("What day of the week was 14 July 2021?", weekday("Wednesday")),
    (
        "Sort these names alphabetically: Petra, Oliver, Zoe, Anton, Mia.",
        words("Anton", "Mia", "Oliver", "Petra", "Zoe"),
    ),
    ("95 degrees Fahrenheit in Celsius", result(35, 95, 32)),
    (
        "How many days after 3 March 2023 is 20 June 2023?",
        result(109, 3, 20, 2023),
    ),
    (
        "Our rent is 1,250 francs and goes up by 4 percent. Work out the new rent.",
        result(1300, 1250, 4),
    ),
    (
        "Four friends share a bill of 118.40 euros and add a 10% tip. How much does "
        "each of them pay?",
        result(32.56, 118.4, 10, 4, 11.84, 130.24),
    ),
    (
        "Which of these towns has the most inhabitants? Arlen 48,200, Borwick "
        "51,900, Celm 51,090, Dunby 39,800",
        choice("Borwick", "Arlen", "Celm", "Dunby"),
    ),
    ("Can 2,117 be divided by 29 without a remainder? Yes or no.", yes()),
    (
        "Average of my marks: 5.5, 4, 4.5, 5.5, 6",
        result(5.1, 5.5, 4, 4.5, 6),
    ),
    ("Write the word 'umbrella' backwards.", words("allerbmu")),
    (
        "My train leaves at 9:47 and the journey takes 2 hours and 38 minutes. When do I arrive?",
        clock(12, 25),
    ),
    (
        "List all whole numbers between 10 and 55 that can be divided by both 4 and 6.",
        numbers_are(12, 24, 36, 48, given=(10, 55, 4, 6)),
    ),
    (
        "Count the words in this sentence: 'We will meet again at the old harbour on "
        "Sunday evening'",
        count(11, "eleven"),
    ),
    (
        "A cake for 4 people needs 300 g of flour. How many grams do I need for 10 people?",
        result(750, 4, 300, 10, 75),
    ),
    (
        "Anna is older than Ben, Ben is older than Clara, and David is older than "
        "Anna. Who is the youngest of them?",
        choice("Clara", "Anna", "Ben", "David"),
    ),
    (
        "My runs this week: Mon 12 km, Tue 8 km, Wed 15 km, Fri 11 km. How many km "
        "were that in total?",
        result(46, 12, 8, 15, 11),
    ),
    (
        "How many gallons are 53 litres, if one gallon is 3.785 litres?",
        result(14.003, 53, 3.785, 1),
    ),
    (
        "I was born on 9 May 1988. How old was I on 1 March 2024?",
        result(35, 9, 1988, 1, 2024),
    ),
)

_IRRELEVANT_TOOL = _tasks(
    "irrelevant_tool",
    (
        "I drove 420 km and used 27.3 litres of petrol. How many litres is that per 100 km?",
        result(6.5, 420, 27.3, 100),
        get_weather,
    ),
    (
        "What is the longest word in 'Giraffes wander slowly through the dry grassland'?",
        choice("grassland", "Giraffes", "wander", "slowly", "through", "the", "dry"),
        product_price,
    ),
    (
        "What date is 45 days after 20 January 2025?",
        date_is(2025, 3, 6),
        phone_number,
    ),
    (
        "In a class of 35 pupils, 20 percent are ill. How many pupils are not ill?",
        result(28, 35, 20, 80),
        horoscope,
    ),
    (
        "Put these in order of price, cheapest first: lamp 34, chair 59, rug 45, mirror 28.",
        words("mirror", "lamp", "rug", "chair"),
        river_level,
    ),
    (
        "Are 2,300 minutes longer than 38 hours? Yes or no?",
        yes(),
        translate,
    ),
    (
        "How many vowels (a, e, i, o, u) are there in the word 'international'?",
        count(6, "six"),
        parking_spaces,
    ),
    (
        "Our garden is 14.5 m long and 8 m wide. Tell me its area in square metres.",
        result(116, 14.5, 8),
        film_length,
    ),
    (
        "Rain in mm: January 82, February 64, March 71, April 58, May 90. Which "
        "months had more than 70 mm?",
        names("January", "March", "May", besides=("February", "April")),
        book_table,
    ),
    (
        "I put 5,000 francs in the bank at 6% compound interest a year. How much is "
        "it after 5 years?",
        result(6691.13, 5000, 6, 5),
        pet_record,
    ),
    (
        "Write this in capital letters: please close the gate",
        matches(r"PLEASE CLOSE THE GATE"),
        tax_rate,
    ),
    (
        "I worked from 7:45 to 12:00 and from 13:00 to 17:20. How many hours was that?",
        any_of(duration(8, 35), result(8.583), result(515)),
        radio_song,
    ),
    (
        "Median of 23, 7, 19, 42, 11, 30, 15?",
        any_of(number(19), matches(r"[Mm]edian\b\D*19\b|^\W*19 (?:is|was)\b")),
        wifi_password,
    ),
    (
        "Remove the duplicates from this list: red, blue, red, green, blue, white",
        each_once("red", "blue", "green", "white"),
        distance_km,
    ),
    (
        "Today is Tuesday. What day of the week will it be in 100 days?",
        weekday("Thursday"),
        recipe_ingredients,
    ),
    (
        "We sold 14 teas at 2.80 and 9 coffees at 3.50. What are the takings?",
        result(70.7, 14, 2.8, 9, 3.5),
        team_goals,
    ),
    (
        "Which number from 1 to 10 is missing here: 4, 9, 1, 7, 10, 2, 8, 3, 5?",
        count(6, "six", 1, 10),
        send_message,
    ),
    (
        "3 hours 25 minutes in seconds, please.",
        result(12300, 3, 25),
        calories,
    ),
    (
        "What are the initials of Maria Elena Garcia Torres?",
        matches(r"\bM\W*E\W*G\W*T\b"),
        plant_care,
    ),
    (
        "The pool is open from 9:00 to 18:30 on weekdays and from 10:00 to 16:00 on "
        "Saturdays. Can I swim there on Saturday at 17:15, yes or no?",
        any_of(no(), all_of(lacks("yes", "true"), words("closed"))),
        bus_fare,
    ),
)

_RIGHT_TOOL = _tasks(
    "right_tool",
    (
        "What do 6 kettles cost in our shop?",
        result(164.1, 6, 27.35),
        product_price,
    ),
    (
        "Add up the amounts of all orders of the customer Okafor.",
        result(257.75, 4),
        customer_orders,
    ),
    ("350 NOK in euros", result(36.505, 350, 0.1043), exchange_rate),
    (
        "How do you say 'where is the station' in Basque?",
        words("non", "dago", "geltokia"),
        translate,
    ),
    (
        "When does the first train after 14:00 leave from Halden?",
        all_of(clock(14, 52), lacks("06:12", "09:48", "13:35", "17:20")),
        train_departures,
    ),
    (
        "Book a table for 5 persons at the Luna for 19:30 and tell me the booking code.",
        words("L-2044"),
        book_table,
    ),
    (
        "How many kcal are in 250 g of gnocchi?",
        result(345, 250, 138, 100),
        calories,
    ),
    (
        "I have read 128 pages of the book 'Silent Orchard'. How many pages are left?",
        result(184, 128, 312),
        book_info,
    ),
    (
        "Is the river Sorn above 4.2 metres now? Answer yes or no.",
        any_of(no(), all_of(lacks("yes", "true"), words("below"))),
        river_level,
    ),
    (
        "Who is absent from class 4b today?",
        names("Amira", "Leon", "Sofie", besides=("Nils", "Ravi", "Emma")),
        absent_pupils,
    ),
    (
        "How old will our club member Marta Lind be on 1 January 2030?",
        result(50, 1, 2030, 1979, 8, 23),
        birthday,
    ),
    (
        "Mean temperature in the greenhouse today",
        result(25.3, 24.5, 26, 27.5, 23, 25.5),
        room_temperatures,
    ),
    ("Find the plumber's phone number.", digits("0443182795"), phone_number),
    (
        "How much is the rent of flat 12 per square metre?",
        result(21.3, 12, 1491, 70),
        flat_info,
    ),
    (
        "Which option got the most votes in the poll on the summer trip?",
        choice("museum", "lake", "zoo"),
        poll_votes,
    ),
    (
        "Text Jonas that I will be ten minutes late, and give me the message id.",
        words("48213"),
        send_message,
    ),
    (
        "How many letters does the Welsh word for 'library' have?",
        count(9, "nine"),
        translate,
    ),
    (
        "What does Ines Moreau earn for 38 hours of work?",
        result(891.1, 38, 23.45),
        employee_record,
    ),
    (
        "On which shelf are the ladders?",
        matches(r"\bD\W?14\b", re.IGNORECASE),
        find_shelf,
    ),
    (
        "My highest heart rate on Tuesday, please.",
        any_of(number(171), matches(r"(?:rate|highest|max\w*)\b\D*171\b")),
        heart_rates,
    ),
)

_THREE_TOOLS = _tasks(
    "three_tools",
    (
        "How many km is it by road from Brenna to Oskam and back again?",
        result(173, 86.5, 2),
        *(calories, distance_km, wifi_password),
    ),
    (
        "The film 'Iron Meadow' starts at 20:15. When will it be over?",
        clock(22, 29),
        *(film_length, stock_level, plant_care),
    ),
    (
        "Where is my parcel 7741?",
        any_of(words("customs"), words("Marlow")),
        *(tax_rate, synonyms, parcel_status),
    ),
    (
        "What did our electricity cost in March, at 0.28 francs per kWh?",
        result(95.9, 0.28, 342.5),
        *(birthday, power_used, phone_number),
    ),
    (
        "Total goals of the Falcons this season?",
        result(17, 7),
        *(team_goals, opening_hours, book_info),
    ),
    (
        "I watered the monstera on 3 May 2025. What is the date of the next watering?",
        date_is(2025, 5, 12),
        *(radio_song, exchange_rate, plant_care),
    ),
    (
        "Work out the sales tax on a price of 640 francs in Vellmar.",
        result(48, 640, 7.5),
        *(get_weather, tax_rate, reserve_seats),
    ),
    (
        "Reserve 3 seats for the film 'Night Harbour'. I need the reservation code.",
        words("RS7387"),
        *(reserve_seats, heart_rates, flat_info),
    ),
    (
        "What appointments do I have on Friday?",
        names("Dentist", "Choir", "Dinner", besides=("Haircut", "Swimming", "Budget")),
        *(river_level, find_shelf, calendar_events),
    ),
    (
        "How much does my pet Biscuit weigh in pounds, with 2.205 pounds to the kg?",
        result(33.075, 15, 2.205, 1),
        *(train_departures, pet_record, power_used),
    ),
    (
        "How many mg of Novapril a day for a child of 18 kg?",
        result(135, 18, 7.5),
        *(medicine_dose, poll_votes, translate),
    ),
    (
        "Is the Fenwick shop still open at 18:45 today? Yes or no.",
        yes(),
        *(employee_record, absent_pupils, opening_hours),
    ),
    (
        "How many ingredients are there in our goulash?",
        count(8, "eight"),
        *(parking_spaces, recipe_ingredients, team_goals),
    ),
    (
        "Tell me the wifi password for room 305.",
        matches(r"\bmaple-7731\b", re.IGNORECASE),
        *(wifi_password, product_price, medicine_dose),
    ),
    (
        "We need 120 chairs in stock. How many more do we have to order?",
        result(73, 120, 47),
        *(horoscope, customer_orders, stock_level),
    ),
    (
        "Today's temperature in Kolmar in degrees Fahrenheit",
        result(79.7, 26.5),
        *(set_alarm, get_weather, find_shelf),
    ),
    (
        "Give me the synonyms of 'brave' in alphabetical order.",
        words("bold", "fearless", "plucky", "valiant"),
        *(synonyms, bus_fare, distance_km),
    ),
    (
        "Bus tickets for 4 persons and 3 zones: what is the price in total?",
        result(17.4, 4, 3, 4.35),
        *(calendar_events, send_message, bus_fare),
    ),
    (
        "Set an alarm for 06:35 and tell me its reference.",
        words("K2776"),
        *(room_temperatures, set_alarm, film_length),
    ),
    (
        "Which item is the most expensive one in Lindqvist's orders?",
        choice("mattress", "wardrobe", "carpet", "stool"),
        *(customer_orders, recipe_ingredients, birthday),
    ),
)

TASKS = (*_NO_TOOL, *_IRRELEVANT_TOOL, *_RIGHT_TOOL, *_THREE_TOOLS)
