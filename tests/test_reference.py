"""The documents keep up with the code: commands, settings and words are all told, links lead somewhere.

.venv/bin/python -m tests.test_reference > docs/reference/commands.md
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

import core
from core import KPI, Blend, Column, Dataset, Example, Extract, Figure, File, Limit, Query, Scorecard, Sheet, Target
from core.cli import COMMANDS, kpi
from core.settings import KNOWN

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
WIDTH = 100
WORDS = (KPI, Target, Limit, Example, Query, Blend, File, Sheet, Scorecard, Extract, Figure, Dataset, Column)
HEAD = """\
# Commands

This page is generated from the program's own help. Renew it with
`.venv/bin/python -m tests.test_reference > docs/reference/commands.md`.

- *Selectors* name what a command works on: a scorecard (`success`), a KPI by name or number (`success.churn_52w`,
  `success.32`), a pattern (`'success.churn*'`), several at once. `+success.05` adds the KPIs its formula refers to.
  Without a selector a command works on everything.
- *Periods* are words: a week `2026-W47`, a day `2026-11-20`, a month `2026-11`. `last` is the last complete one.
- *Output.* Data goes to stdout, talk to stderr. `--json` makes the data JSON. Progress shows on a terminal only;
  `NO_COLOR` switches colours off.
- *Exit codes.* 0 done; 1 something failed or is held; 2 misuse or configuration, nothing was done; 75 busy, another
  process is at it; 130 stopped by hand, 143 by SIGTERM.
"""


def commands_page() -> str:
    """The reference of the command line, as `kpi COMMAND --help` tells it."""
    wide = {"terminal_width": WIDTH, "max_content_width": WIDTH}
    top = click.Context(kpi, info_name="kpi", **{**kpi.context_settings, **wide})
    sections = [HEAD, _section("kpi", "", kpi.get_help(top))]
    for name, command in _commands(top):
        context = click.Context(command, info_name=name, parent=top, **wide)
        sections.append(_section(f"kpi {name}", COMMANDS[name][1], command.get_help(context)))
    return "\n".join(sections)


def _section(title: str, line: str, told: str) -> str:
    text = "\n".join(row.rstrip() for row in told.splitlines())
    return "\n".join([f"## {title}", "", *([line, ""] if line else []), "```text", text, "```", ""])


def _commands(top: click.Context) -> Iterator[tuple[str, click.Command]]:
    for name in COMMANDS:
        command = kpi.get_command(top, name)
        assert command
        yield name, command


def test_the_page_of_commands_is_what_the_program_says() -> None:
    page = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    assert page == commands_page(), (
        "docs/reference/commands.md is not current. Renew it with: "
        ".venv/bin/python -m tests.test_reference > docs/reference/commands.md"
    )


@pytest.mark.parametrize("name", KNOWN)
def test_every_setting_is_told_as_the_program_tells_it(name: str) -> None:
    page = (DOCS / "howto" / "settings.md").read_text(encoding="utf-8")
    line = f"| `{name}` | {KNOWN[name]} |"
    assert line in page, f"docs/howto/settings.md lacks the line: {line}"


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.__name__)
def test_every_field_of_a_word_stands_in_its_table(word: type) -> None:
    told = _fields_told(word.__name__)
    assert told == [f.name for f in fields(word)], f"docs/reference/words.md, {word.__name__}"


@pytest.mark.parametrize("word", core.__all__)
def test_every_word_that_core_exports_is_explained(word: str) -> None:
    page = (DOCS / "reference" / "words.md").read_text(encoding="utf-8")
    assert re.search(rf"^(## {word}\n|\| `{word}\()", page, re.MULTILINE), f"docs/reference/words.md lacks {word}"


def _fields_told(word: str) -> list[str]:
    page = (DOCS / "reference" / "words.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {word}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"https?:", link)]
    assert [link for link in links if not _leads(page, link)] == []


def _leads(page: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not heading:
        return target.exists()
    return target.is_file() and heading in _anchors(target.read_text(encoding="utf-8"))


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_line_that_is_shown_can_be_typed(page: Path) -> None:
    top = click.Context(kpi, info_name="kpi")
    known = {
        name: {"--help"} | {o for p in command.params for o in p.opts + p.secondary_opts}
        for name, command in _commands(top)
    }
    for line in re.findall(r"^\$ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        for words in _calls(line):
            assert words[0] in known, line
            unknown = {word for word in words if word.startswith("--")} - known[words[0]]
            assert unknown == set(), line


def _calls(line: str) -> Iterator[list[str]]:
    """What follows each `kpi` of a line; `--today` stands before the command."""
    for call in re.split(r"&&|\|\||[;|]", line):
        words = shlex.split(call, comments=True)
        if "kpi" not in words:
            continue
        called = words[words.index("kpi") + 1 :]
        called = called[2:] if called[:1] == ["--today"] else called
        if called[0] not in ("--help", "--version"):
            yield called


if __name__ == "__main__":
    print(commands_page(), end="")
