"""One definition file in, one object or all its faults out.

A definition file holds data, not a program: it imports words from `core` and nothing else.
"""

import ast
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TypeVar

import core
from core.dataset import Dataset
from core.errors import FactoryError, did_you_mean
from core.kpi import KPI, Scorecard

Word = TypeVar("Word", KPI, Dataset, Scorecard)
_WORDS: dict[str, type[KPI] | type[Dataset] | type[Scorecard]] = {
    "KPI": KPI,
    "Dataset": Dataset,
    "Scorecard": Scorecard,
}
_VALUES = ("datetime", "decimal")  # dates of target steps, exact amounts


def read_file(path: Path, name: str, kind: type[Word]) -> tuple[Word | None, str, list[str]]:
    """The object called `name` in the file, the file's docstring, and every fault found.

    The object is None as soon as there is a fault.
    """
    try:
        tree: ast.Module = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    except SyntaxError as error:
        return None, "", [f"line {error.lineno}: {error.msg}"]
    except (OSError, UnicodeDecodeError, ValueError) as error:
        return None, "", [f"cannot be read: {error}"]
    doc = ast.get_docstring(tree) or ""
    faults = []
    if not doc and kind is not Scorecard:
        faults.append("the docstring is missing: say in a sentence what the file stands for")
    unusable = [*_imports(tree), *_misused_words(tree)]
    found = None if unusable else _run(tree, path, name, unusable)
    if isinstance(found, kind):
        faults += found.problems()
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
    except Exception as error:  # whatever a file does wrong, it must not stop the others
        faults.append(f"{type(error).__name__}: {error}")
        return None
    if name not in scope:
        faults.append(f"defines no `{name} = ...`. {did_you_mean(name, scope)}".strip())
    return scope.get(name)


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = ", ".join(alias.name for alias in node.names)
            yield f"line {node.lineno}: import {modules}: a definition imports words from core, nothing else"
        elif isinstance(node, ast.ImportFrom) and node.module == "core":
            for alias in node.names:
                if alias.name not in core.__all__:
                    hint = did_you_mean(alias.name, core.__all__)
                    yield f'line {node.lineno}: core has no word "{alias.name}". {hint}'.strip()
        elif isinstance(node, ast.ImportFrom) and node.module not in _VALUES:
            yield f"line {node.lineno}: from {node.module} import: a definition imports words from core, nothing else"


def _misused_words(tree: ast.Module) -> Iterator[str]:
    """Unknown and missing fields of every KPI(...), Dataset(...) and Scorecard(...), all at once."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _WORDS):
            continue
        word = node.func.id
        known = [f.name for f in fields(_WORDS[word])]
        needed = [f.name for f in fields(_WORDS[word]) if f.default is MISSING and f.default_factory is MISSING]
        given = [k.arg for k in node.keywords if k.arg]
        if node.args:
            yield f"line {node.lineno}: every field of {word} is written with its name: {needed[0]}=..."
        for name in given:
            if name not in known:
                yield f'line {node.lineno}: {word} has no field "{name}". {did_you_mean(name, known)}'.strip()
        for name in needed:
            if name not in given:
                yield f'line {node.lineno}: {word} lacks the field "{name}"'


def slug_of(title: str) -> str:
    """`Onboarding calls held` -> `onboarding_calls_held`; accents fall off: `Rückläufer` -> `rucklaufer`."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", title.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
