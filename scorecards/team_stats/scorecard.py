from core import Scorecard

scorecard = Scorecard(title="Team Stats", owner="Team Platform", timezone="UTC")
