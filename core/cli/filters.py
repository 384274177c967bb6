"""kpi list: which KPIs are wanted, by owner, tier, type, tag and scorecard."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, get_args

import click

from core.catalog import Catalog, Definition
from core.errors import MisuseError, did_you_mean
from core.kpi import KPIType, Tier

Command = TypeVar("Command", bound=Callable[..., Any])
Words = Callable[[Definition], Iterable[str]]

_OF: Mapping[str, Words] = {
    "owner": lambda d: (d.kpi.owner,),
    "tier": lambda d: (d.kpi.tier,),
    "type": lambda d: (d.kpi.type,),
    "tag": lambda d: d.kpi.tags,
    "scorecard": lambda d: (d.scorecard, d.card.title),
}
"""By filter: the words that a KPI answers to."""


def filters(command: Command) -> Command:
    """An option for each filter; each may be given several times, then one of its words is enough."""
    for name in reversed(list(_OF)):
        option = click.option(f"--{name}", name, multiple=True, metavar="NAME", help=f"Only of this {name}.")
        command = option(command)
    return command


def filtered(catalog: Catalog, chosen: Sequence[Definition], wanted: Mapping[str, Sequence[str]]) -> list[Definition]:
    """Those that have a word of each filter that is given. Raises MisuseError for a word that nobody knows."""
    for name, words in wanted.items():
        _require(name, words, _known(catalog, name))
    folded = {name: {word.casefold() for word in words} for name, words in wanted.items() if words}
    return [d for d in chosen if all(words & {w.casefold() for w in _OF[name](d)} for name, words in folded.items())]


def _known(catalog: Catalog, name: str) -> list[str]:
    """Types and tiers are a closed list; of the others, what the definitions say."""
    closed = {"type": get_args(KPIType), "tier": get_args(Tier)}
    said = closed.get(name) or sorted({word for d in catalog.definitions for word in _OF[name](d)})
    return [word for word in said if word]


def _require(name: str, words: Sequence[str], known: Sequence[str]) -> None:
    meant = {word.casefold(): word for word in known}
    for word in words:
        if word.casefold() in meant:
            continue
        hint = did_you_mean(word.casefold(), meant)
        for folded, written in meant.items():
            hint = hint.replace(f'"{folded}"', f'"{written}"')
        listed = f"Known are {', '.join(known)}." if known else f"No KPI says its {name}."
        raise MisuseError(f'There is no {name} "{word}".', next_step=hint or listed)
