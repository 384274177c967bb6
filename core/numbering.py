"""The numbers of KPIs within their scorecard, and names in full."""

import re
from collections.abc import Iterable

KPI_NUMBER = re.compile(r"[0-9]+[a-z]?")


def padded(number: str) -> str:
    """The one spelling of a number: 1, 01 and 001 are all 01; 16a is another number than 16."""
    digits, letter = split_number(number)
    return f"{digits:02}{letter}"


def split_number(number: str) -> tuple[int, str]:
    digits = number.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(digits), number[len(digits) :]


def next_number(numbers: Iterable[str]) -> str:
    """The next free number after the highest one."""
    return padded(str(max((split_number(n)[0] for n in numbers), default=0) + 1))


def in_full(name: str, scorecard: str) -> str:
    """`orders` inside product_growth is `product_growth.orders`; `success.32` and `success.032` are one."""
    scorecard, _, rest = name.rpartition(".") if "." in name else (scorecard, "", name)
    return f"{scorecard}.{padded(rest) if KPI_NUMBER.fullmatch(rest) else rest}"
