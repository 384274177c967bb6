from core import Scorecard

scorecard = Scorecard(title="E-Commerce", owner="Commercial", timezone="Europe/London")
