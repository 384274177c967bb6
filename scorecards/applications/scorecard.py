from core import Scorecard

scorecard = Scorecard(title="Applications", owner="Screening", timezone="UTC")
