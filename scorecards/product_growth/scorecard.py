from core import Scorecard

scorecard = Scorecard(title="Product Growth", owner="Product Growth", timezone="Europe/London")
