"""Time that passes only when somebody waits."""

import time

from core.google.waiting import Time


class PlayedTime:
    """It begins now: google-auth signs by the machine's own clock."""

    def __init__(self, chance: float = 1.0, started: float | None = None) -> None:
        self.started = time.time() if started is None else started
        self.at = 0.0
        self.waits: list[float] = []
        self.chance = chance

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds

    def wall(self) -> float:
        return self.started + self.at

    def as_time(self) -> Time:
        return Time(lambda: self.at, self.wall, self.sleep, lambda: self.chance)
