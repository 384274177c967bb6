from core import Scorecard

scorecard = Scorecard(title="Leadership", owner="Executive team", timezone="UTC")
