"""`kpi docs`: the dictionary of metrics as files; only what changed is written, and only what it made is taken away."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.catalog import Catalog
from core.errors import DefinitionError, PublishError

_PLACE = Path("docs", "reference", "metrics")
_MADE = (".md", ".svg")


@dataclass(frozen=True, slots=True)
class Documented:
    """What stands in the folder, held against what the definitions say: names of files."""

    folder: Path
    outdated: tuple[str, ...]
    needless: tuple[str, ...]
    current: int

    @property
    def is_current(self) -> bool:
        return not (self.outdated or self.needless)


def usual_folder(scorecards: Path) -> Path:
    """Beside the folder of scorecards."""
    return scorecards.parent / _PLACE


def document(catalog: Catalog, folder: Path, *, dry_run: bool) -> Documented:
    """Bring the folder up to date; without `dry_run` only.

    Raises DefinitionError where a file has faults: pages that leave a KPI out without a word would be believed.
    """
    from core.dictionary.pages import pages_of

    if catalog.faults:
        raise DefinitionError(map(str, catalog.faults), next_step="Mend them first: `kpi check` tells them all.")
    catalog.select([])  # an empty folder is no dictionary
    pages = pages_of(catalog)
    there = _standing(folder)
    outdated = tuple(name for name, text in pages.items() if there.get(name) != text)
    needless = tuple(sorted(name for name, text in there.items() if name not in pages and _is_ours(text)))
    if not dry_run:
        _bring(folder, {name: pages[name] for name in outdated}, needless)
    return Documented(folder, outdated, needless, len(pages) - len(outdated))


def _is_ours(text: str) -> bool:
    """A file that people wrote is never taken away."""
    from core.dictionary.pages import MARK

    return MARK in text


def _standing(folder: Path) -> Mapping[str, str]:
    return dict(_read(path) for path in _files(folder))


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if path.suffix in _MADE and path.is_file())


def _read(path: Path) -> tuple[str, str]:
    try:
        return path.name, path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return path.name, ""


def _bring(folder: Path, pages: Mapping[str, str], needless: tuple[str, ...]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        for name in needless:
            (folder / name).unlink()
    except OSError as error:
        raise PublishError(f"{folder} takes no files: {error.strerror}.", next_step="Name another with --to.") from None
