from core import Scorecard

scorecard = Scorecard(title="Lending", owner="Lending", timezone="UTC")
