"""Markdown as people's programs read it: text that stays text, tables, and the anchors of headings."""

import re
from collections.abc import Iterator, Sequence


def plain(text: str) -> str:
    """Text in which nothing is taken for a tag, a link or emphasis; what stands in back quotes stays as it is."""
    parts = re.split(r"(`[^`\n]*`)", text)
    return "".join(part if n % 2 else _escaped(part) for n, part in enumerate(parts))


def code(text: str) -> str:
    return f"`{text}`"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Cells are Markdown; a bar in one is none of the table's. Without rows there is no table."""
    if rows:
        yield f"| {' | '.join(head)} |"
        yield f"|{'---|' * len(head)}"
        yield from (f"| {' | '.join(map(_cell, row))} |" for row in rows)


def anchor(heading: str) -> str:
    """The name that a heading is linked by: `01 Value per customer` is 01-value-per-customer."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _escaped(text: str) -> str:
    tags = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([*\[\]\\])", r"\\\1", tags)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
