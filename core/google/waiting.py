"""Time as an argument: what the clocks say, how to wait, what chance decides."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Time:
    """`now` counts seconds from anywhere and never goes back, `wall` since 1970; `chance` is from 0 to 1."""

    now: Callable[[], float]
    wall: Callable[[], float]
    sleep: Callable[[float], None]
    chance: Callable[[], float]


REAL_TIME = Time(time.monotonic, time.time, time.sleep, random.random)
