from core import Scorecard

scorecard = Scorecard(title="Recruitment", owner="Talent Acquisition", timezone="UTC")
