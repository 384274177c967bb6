"""What PostgreSQL says of how it would read a statement: EXPLAIN (FORMAT JSON) as three facts."""

import re
from collections.abc import Iterator, Mapping
from typing import Any


def uses_index(plan: Any, column: str) -> tuple[bool, float, float]:
    """Whether the rows of a period are found by an index on `column`, how many are expected in all, and what it costs
    to read them and to work with them: about as much as to read so many pages.

    `plan` is what EXPLAIN (FORMAT JSON) answers. Without a column, any index counts.
    """
    nodes = list(_nodes(plan[0]["Plan"]))
    name = re.compile(rf"\b{re.escape(column.rpartition('.')[2])}\b") if column else re.compile("")
    indexed = any(name.search(str(node.get("Index Cond", ""))) for node in nodes if "Index Cond" in node)
    rows = sum(float(node.get("Plan Rows", 0)) for node in nodes if "Relation Name" in node)
    return indexed, rows, float(nodes[0].get("Total Cost", 0))


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
