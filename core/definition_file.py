"""One definition file in, one object or all its faults out.

A definition file holds data, not a program: it imports words from `core` and nothing else, and assigns. What it
holds is read before it is executed, so that a file that would do something else never begins to.
"""

import ast
import builtins
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any, TypeVar

import core
from core.dataset import Column, Dataset
from core.errors import FactoryError, did_you_mean
from core.examples import Example
from core.kpi import KPI, Scorecard
from core.measures import Query
from core.segments import Segments

Word = TypeVar("Word", KPI, Dataset, Scorecard, Segments)
_SOUND: dict[str, Any] = {
    "KPI": KPI(title="?", owner="?", unit="?", better="higher", measure=Query("?")),
    "Dataset": Dataset(owner="?", columns=(Column("?"),)),
    "Scorecard": Scorecard(title="?", owner="?"),
    "Segments": Segments(of="?", title="?", owner="?", names={"one": "?"}, counts=("rows",), measure=Query("?")),
    "Example": Example(period="2026-W01", expect=0),
}
_LEANING = frozenset({"since", "retired", "watermark", "begins", "index"})  # judged by other fields than themselves
_VALUES = ("datetime", "decimal")  # dates of target steps, exact amounts
_PLAIN = frozenset({"dict", "float", "frozenset", "int", "len", "list", "range", "set", "sorted", "str", "tuple"})
_DATA = "a definition holds data: imports and assignments only"


def read_file(path: Path, name: str, kind: type[Word]) -> tuple[Word | None, str, list[str]]:
    """The object called `name` in the file, the file's docstring, and every fault found.

    The object is None as soon as there is a fault.
    """
    try:
        tree: ast.Module = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    except SyntaxError as error:
        return None, "", [f"line {error.lineno}: {error.msg}"]
    except (RecursionError, MemoryError):
        return None, "", ["cannot be read: an expression in it is nested too deeply"]
    except (OSError, UnicodeDecodeError, ValueError) as error:
        return None, "", [f"cannot be read: {error}"]
    doc = ast.get_docstring(tree) or ""
    faults: list[str] = []
    if not doc and kind is not Scorecard:
        faults.append("the docstring is missing: say in a sentence what the file stands for")
    unusable: list[str] = [*_deeds(tree), *_imports(tree), *_misused_words(tree)]
    if unusable:
        return None, doc, [*faults, *unusable, *_plain_problems(tree)]
    found = _run(tree, path, name, unusable)
    if isinstance(found, kind):
        faults += _problems(found)
        return (None if faults else found), doc, faults
    if found is not None:
        unusable.append(f"`{name}` is of type {type(found).__name__}, not a {kind.__name__}(...)")
    return None, doc, faults + unusable


def _run(tree: ast.Module, path: Path, name: str, faults: list[str]) -> object:
    scope: dict[str, object] = {"__name__": path.stem, "__file__": str(path)}
    try:
        exec(compile(tree, str(path), "exec"), scope)
    except FactoryError as error:
        faults.append(str(error))
        return None
    except NameError as error:
        faults.append(f"{error}. {did_you_mean(error.name or '', core.__all__)}".strip())
        return None
    except (Exception, SystemExit) as error:  # whatever a file does wrong, it must not stop the others
        faults.append(f"{type(error).__name__}: {error}")
        return None
    if name not in scope:
        faults.append(f"defines no `{name} = ...`. {did_you_mean(name, scope)}".strip())
    return scope.get(name)


def _problems(found: KPI | Dataset | Scorecard | Segments | Example) -> list[str]:
    try:
        return found.problems()
    except Exception as error:  # a value of a kind that nobody thought of
        return [f"a field holds what cannot be read: {type(error).__name__}: {error}"]


def _deeds(tree: ast.Module) -> Iterator[str]:
    """What a file would do when it is executed, beside importing and assigning."""
    for statement in tree.body:
        text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not text and not isinstance(statement, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign):
            yield f"line {statement.lineno}: {_DATA}"
            continue
        for node in ast.walk(statement):
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if called not in _PLAIN and hasattr(builtins, called):
                yield f"line {statement.lineno}: {called}(...): {_DATA}"


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = ", ".join(alias.name for alias in node.names)
            yield f"line {node.lineno}: import {modules}: a definition imports words from core, nothing else"
        elif isinstance(node, ast.ImportFrom) and node.module == "core":
            for alias in node.names:
                if alias.name == "*":
                    yield f"line {node.lineno}: from core import *: name the words, such as KPI and Query"
                elif alias.name not in core.__all__:
                    hint = did_you_mean(alias.name, core.__all__)
                    yield f'line {node.lineno}: core has no word "{alias.name}". {hint}'.strip()
        elif isinstance(node, ast.ImportFrom) and node.module not in _VALUES:
            yield f"line {node.lineno}: from {node.module} import: a definition imports words from core, nothing else"


def _misused_words(tree: ast.Module) -> Iterator[str]:
    """Unknown and missing fields of every KPI(...), Example(...), Dataset(...) and Scorecard(...), all at once."""
    for word, node in _calls(tree):
        known = [f.name for f in fields(_SOUND[word])]
        needed = [f.name for f in fields(_SOUND[word]) if f.default is MISSING and f.default_factory is MISSING]
        given = [k.arg for k in node.keywords if k.arg]
        unpacked = len(given) < len(node.keywords)  # KPI(**fields): what is in there shows when it is executed
        if node.args:
            yield f"line {node.lineno}: every field of {word} is written with its name: {needed[0]}=..."
        for name in given:
            if name not in known:
                yield f'line {node.lineno}: {word} has no field "{name}". {did_you_mean(name, known)}'.strip()
        for name in needed:
            if name not in given and not unpacked:
                yield f'line {node.lineno}: {word} lacks the field "{name}"'


def _plain_problems(tree: ast.Module) -> Iterator[str]:
    """What the fields with plain values give away where the file cannot be executed: the others count as sound."""
    for word, node in _calls(tree):
        known = {f.name for f in fields(_SOUND[word])} - _LEANING
        plain = {k.arg: _plain_value(k.value) for k in node.keywords if k.arg in known}
        yield from _problems(replace(_SOUND[word], **{k: v for k, v in plain.items() if v is not _UNKNOWN}))


_UNKNOWN = object()


def _plain_value(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return _UNKNOWN


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SOUND:
            yield node.func.id, node


def slug_of(title: str) -> str:
    """`Onboarding calls held` -> `onboarding_calls_held`; accents fall off: `Rückläufer` -> `rucklaufer`."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", title.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
