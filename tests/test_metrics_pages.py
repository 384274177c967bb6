"""The dictionary of metrics keeps up with the definitions: `kpi docs` renews it."""

from pathlib import Path

from core.discovery import read_catalog
from core.pipeline.documenting import document, usual_folder

ROOT = Path(__file__).parents[1]


def test_the_dictionary_of_metrics_is_what_the_definitions_say() -> None:
    scorecards = ROOT / "scorecards"
    found = document(read_catalog(scorecards), usual_folder(scorecards), dry_run=True)
    assert found.folder == ROOT / "docs" / "reference" / "metrics"
    told = f"not current: {', '.join(found.outdated)}; needless: {', '.join(found.needless)}. Renew them: kpi docs"
    assert found.is_current, told
