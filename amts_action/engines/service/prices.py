"""What services cost: one table, with the month of each price and the page to compare it with. A user's own win.

Prices are US dollars for a million units. None was read from the service's own page of prices; docs/engines.md says
what was found elsewhere, and when. They are for estimates and limits; the service's bill is what counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from amts_action.errors import InputError

__all__ = ["PRICES", "Price", "cost_of", "price_of", "read_prices"]

MILLION = 1_000_000


class Price(NamedTuple):
    """US dollars for a million units, where it can be compared, and of when it is."""

    dollars: Decimal
    unit: str
    source: str
    date: str


def _translate(dollars: str) -> Price:
    return Price(Decimal(dollars), "characters", "https://aws.amazon.com/translate/pricing/", "2026-11")


def _characters(dollars: str, source: str) -> Price:
    return Price(Decimal(dollars), "characters", source, "2026-11")


def _tokens(dollars: str) -> Price:
    return Price(Decimal(dollars), "tokens", "https://aws.amazon.com/bedrock/pricing/", "2026-11")


PRICES: Mapping[str, Price] = {
    "amazon-translate": _translate("15"),
    "amazon-translate-batch": _translate("15"),
    "amazon-translate-batch:parallel-data": _translate("60"),
    "deepl": _characters("25", "https://www.deepl.com/pro-api"),
    "google": _characters("20", "https://cloud.google.com/translate/pricing"),
    "azure": _characters("10", "https://azure.microsoft.com/pricing/details/cognitive-services/translator/"),
    "libretranslate": _characters("0", "your own server"),
    "amazon.nova-micro:input": _tokens("0.035"),
    "amazon.nova-micro:output": _tokens("0.14"),
    "amazon.nova-lite:input": _tokens("0.06"),
    "amazon.nova-lite:output": _tokens("0.24"),
    "amazon.nova-pro:input": _tokens("0.80"),
    "amazon.nova-pro:output": _tokens("3.20"),
}
"""By engine; for a language model by a part of its name, and `:input` or `:output`."""


def price_of(name: str, own: Mapping[str, Decimal]) -> Decimal | None:
    """Dollars for a million units of `name`; None when it is not known.

    Args:
        name: an engine (`amazon-translate`), or a model and a direction (`eu.amazon.nova-pro-v1:0:input`).
        own: the user's prices, by the same names; a model's may be a part of its name.
    """
    model, _, direction = name.rpartition(":")
    for table in (own, {key: price.dollars for key, price in PRICES.items()}):
        if name in table:
            return table[name]
        known = [key for key in table if model and key.endswith(f":{direction}") and key.rpartition(":")[0] in model]
        if known:
            return table[max(known, key=len)]
    return None


def cost_of(units: Mapping[str, int], own: Mapping[str, Decimal]) -> Decimal | None:
    """Dollars for so many units of each name; None when a price that is needed is not known."""
    total = Decimal(0)
    for name, count in units.items():
        price = price_of(name, own) if count else Decimal(0)
        if price is None:
            return None
        total += price * count / MILLION
    return total


def read_prices(lines: Iterable[str]) -> dict[str, Decimal]:
    """The user's prices from `NAME=DOLLARS` lines.

    Raises:
        InputError: a line is not of that form, or a price is negative or no number.
    """
    out = {}
    for line in lines:
        name, equals, value = line.rpartition("=")
        try:
            price = Decimal(value.strip())
        except InvalidOperation:
            price = Decimal("NaN")
        if not equals or not name.strip() or not price.is_finite() or price < 0:
            mend = "write NAME=DOLLARS, for a million units, such as amazon-translate=15"
            raise InputError(f"{line[:60]!r} is no price", where="--prices", mend=mend)
        out[name.strip()] = price
    return out
