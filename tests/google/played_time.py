"""Time that passes only when somebody waits."""

from core.google.waiting import Time


class PlayedTime:
    def __init__(self, chance: float = 1.0) -> None:
        self.at = 0.0
        self.waits: list[float] = []
        self.chance = chance

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds

    def as_time(self, started: float = 1_800_000_000.0) -> Time:
        return Time(lambda: self.at, lambda: started + self.at, self.sleep, lambda: self.chance)
