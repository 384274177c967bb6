"""Processes of this machine: whether one that left its number somewhere still lives."""

import os


def lives(process: int) -> bool:
    """Whether a process with that number runs, ours or anybody's."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's, and alive
    return True
