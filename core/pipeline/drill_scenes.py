"""The scenes of a drill: commands in the order in which people give them. Each begins where the last one ended."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scene:
    """A command and the instant at which it is given; `late` when the second state of the files is there.

    `waits` tells whether the command can wait for another one that holds the lock.
    """

    name: str
    words: Sequence[str]
    clock: str
    late: bool = False
    waits: bool = True


SCENES = (
    Scene("migrate", ("migrate",), "2026-02-06T08:00:00+00:00", waits=False),
    Scene("load", ("load",), "2026-02-06T08:10:00+00:00"),
    Scene("backfill", ("backfill", "drill", "--from", "2025-W48", "--to", "2026-W02"), "2026-02-06T08:20:00+00:00"),
    Scene("run", ("run", "drill"), "2026-02-06T08:30:00+00:00"),
    Scene("publish xlsx", ("publish", "drill"), "2026-02-06T08:40:00+00:00"),
    Scene("publish csv", ("publish", "drill", "--to", "csv"), "2026-02-06T08:50:00+00:00"),
    Scene(
        "correct",
        ("correct", "drill.01", "2026-W03", "17", "--because", "counted by hand"),
        "2026-02-06T09:00:00+00:00",
    ),
    Scene("note", ("note", "drill.01", "2026-W03", "Easter sale"), "2026-02-06T09:10:00+00:00", waits=False),
    Scene("load late rows", ("load",), "2026-02-13T08:10:00+00:00", late=True),
    Scene("run and restate", ("run", "drill"), "2026-02-13T08:30:00+00:00", late=True),
    Scene("publish xlsx again", ("publish", "drill"), "2026-02-13T08:40:00+00:00", late=True),
    Scene("publish csv again", ("publish", "drill", "--to", "csv"), "2026-02-13T08:50:00+00:00", late=True),
)
