"""How locales write: the point and the groups of a number, the order of a date, the money."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Locale:
    point: str = "."
    group: str = ","
    order: str = "mdy"
    slash: str = "/"
    currency: str = "$"

    @property
    def date_pattern(self) -> str:
        parts = {"mdy": ("M", "d", "yyyy"), "dmy": ("dd", "MM", "yyyy"), "ymd": ("yyyy", "MM", "dd")}[self.order]
        return self.slash.join(parts)


_KNOWN = {
    "en_US": Locale(),
    "en_GB": Locale(order="dmy", currency="£"),
    "de_DE": Locale(",", ".", "dmy", ".", "€"),
    "fr_FR": Locale(",", "\u202f", "dmy", "/", "€"),
    "tr_TR": Locale(",", ".", "dmy", ".", "₺"),
}


def locale(name: str) -> Locale:
    """One of the five that are known, by its language where the country is another."""
    return _KNOWN.get(name) or next((kept for known, kept in _KNOWN.items() if known[:2] == name[:2]), _KNOWN["en_US"])
