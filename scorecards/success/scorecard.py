from core import Scorecard

scorecard = Scorecard(title="Success", owner="Customer Success", timezone="UTC")
