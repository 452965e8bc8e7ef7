"""`${fake.phone}` and its kin: made up, and the same for the same seed."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from inspect import signature
from typing import Any

from simulator.errors import ScenarioError, Where
from simulator.ids import EPOCH_S

PHONE = "phone"
LATEST = EPOCH_S
"""The end of the time from which dates are drawn (unix seconds)."""
USUAL = (PHONE, "name", "first_name", "last_name", "city", "country", "street_address", "company", "email", "word", "sentence")

COMMON: dict[str, tuple[str, ...]] = {
    "people": (PHONE, "name", "first_name", "last_name", "user_name", "job", "ssn", "language_name"),
    "places": (
        *("city", "country", "country_code", "state", "state_abbr", "street_address", "street_name", "building_number", "secondary_address"),
        *("postcode", "address", "latitude", "longitude", "timezone"),
    ),
    "business": ("company", "catch_phrase", "bank", "iban", "swift", "currency_code", "pricetag", "ean13", "isbn13", "license_plate", "vin"),
    "cards": ("credit_card_number", "credit_card_provider", "credit_card_security_code"),
    "internet": ("email", "safe_email", "free_email", "company_email", "domain_name", "url", "uri_path", "ipv4", "ipv6", "mac_address", "user_agent"),
    "words": ("word", "sentence", "paragraph", "text", "slug", "emoji", "color_name"),
    "numbers": ("random_digit", "random_int", "random_number", "pyfloat", "boolean", "uuid4", "md5", "sha256", "password"),
    "time": ("date", "time", "year", "month_name", "day_of_week", "iso8601", "unix_time"),
}
"""What is asked for most, by what it is about; there are more."""


@cache
def _faker() -> Any:
    """Imported when the first fake is asked for: it takes longer than everything else here."""
    from faker import Faker

    return Faker("en_US").factories[0]


@cache
def _fakes() -> list[str]:
    methods = vars(_faker())
    return sorted({PHONE, *(name for name, method in methods.items() if callable(method) and not name.startswith("_"))})


@cache
def _value(name: str, seed: int | str) -> Any:
    faker = _faker()
    faker.seed_instance(f"{seed}/{name}")  # each name has its own dice: one more fake does not change the others
    if name == PHONE:
        return "+1" + faker.numerify("%##555%###")
    method = getattr(faker, name)
    if "end_datetime" in signature(method).parameters:  # left to itself it draws from the time until now, and now is never the same
        from numpy import datetime64

        return method(end_datetime=datetime64(LATEST, "s").item())
    return method()


def fake(name: str, seed: int | str, where: Where) -> str:
    """The fake of that name, always the same for one seed: any method of Faker that needs no argument, and `phone` (E.164).

    Those that Faker itself counts from today (`future_date`, `date_of_birth`) are the exception.
    """
    known = _fakes()
    usual = f"For example: {', '.join(USUAL)}; all that need no argument: faker.readthedocs.io."
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.6)
        raise ScenarioError(f"there is no fake {name!r}", (f"did you mean ${{fake.{near[0]}}}? " if near else "") + usual, where)
    try:
        value = _value(name, seed)
    except Exception as error:
        raise ScenarioError(f"the fake {name!r} cannot be made: {error}", usual, where) from error
    if isinstance(value, (bytes, bytearray, list, tuple, dict, set)) or value is None:
        raise ScenarioError(f"the fake {name!r} is not a text", usual, where)
    return str(value)
