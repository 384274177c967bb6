"""Settings: the environment over `.env`, all faults at once, and no secret in sight."""

from pathlib import Path

import pytest

from core.errors import MisuseError
from core.settings import KNOWN, read_settings, unknown_settings

SECRET = "postgresql://kpi:not-for-your-eyes@db/warehouse"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "scorecards" / "success").mkdir(parents=True)
    return tmp_path


def test_nothing_set_means_the_embedded_database_beside_the_scorecards(project: Path):
    found = read_settings({}, project)
    assert found.embedded
    assert found.scorecards == project / "scorecards"
    assert found.home == project / ".kpi"
    assert (found.data, found.published) == (project / ".kpi" / "data", project / ".kpi" / "published")
    assert (found.pool, found.statement_timeout, found.lock_timeout) == (4, 300, 30)


def test_the_scorecards_are_found_from_a_folder_below(project: Path):
    found = read_settings({}, project / "scorecards" / "success")
    assert found.scorecards == project / "scorecards"
    assert found.home == project / ".kpi"


def test_the_environment_wins_over_dotenv(project: Path):
    (project / ".env").write_text(f"KPI_POOL=2\nKPI_LOCK_TIMEOUT=5\nKPI_WAREHOUSE_URL={SECRET}\n")
    found = read_settings({"KPI_POOL": "8"}, project)
    assert (found.pool, found.lock_timeout) == (8, 5)
    assert found.warehouse_url == SECRET
    assert not found.embedded


def test_dotenv_is_found_from_a_folder_below_but_not_above_the_project(project: Path):
    (project / ".env").write_text("KPI_POOL=2\n")
    assert read_settings({}, project / "scorecards").pool == 2
    inner = project / "inner"
    (inner / "scorecards").mkdir(parents=True)
    assert read_settings({}, inner).pool == 4


def test_relative_folders_lie_where_the_command_runs(project: Path):
    found = read_settings({"KPI_HOME": "state", "KPI_DATA_DIR": "drop", "KPI_PUBLISH_DIR": "/srv/kpi"}, project)
    assert (found.home, found.data, found.published) == (project / "state", project / "drop", Path("/srv/kpi"))


def test_relative_folders_in_dotenv_count_from_its_own_folder_and_not_from_where_the_command_runs(project: Path):
    (project / "cards").mkdir()
    (project / ".env").write_text("KPI_HOME=state\nKPI_DATA_DIR=drop\nKPI_SCORECARDS_DIR=cards\n")
    found = read_settings({"KPI_DATA_DIR": "here"}, project / "scorecards" / "success")
    assert (found.home, found.scorecards) == (project / "state", project / "cards")
    assert found.data == project / "scorecards" / "success" / "here"
    assert found.published == project / "state" / "published"


def test_a_tilde_is_the_home_folder_in_both(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(project / "me"))
    (project / ".env").write_text("KPI_HOME=~/kpi\n")
    found = read_settings({"KPI_DATA_DIR": "~/drop"}, project)
    assert (found.home, found.data) == (project / "me" / "kpi", project / "me" / "drop")
    with pytest.raises(MisuseError, match=r"KPI_HOME: ~nobody-of-that-name/kpi begins with nobody's home folder\."):
        read_settings({"KPI_HOME": "~nobody-of-that-name/kpi"}, project)


def test_every_fault_is_told_at_once(project: Path):
    wrong = {
        "KPI_SCORECARDS_DIR": "nowhere",
        "KPI_POOL": "0",
        "KPI_STATEMENT_TIMEOUT": "five",
        "KPI_LOCK_TIMEOUT": "²",
        "KPI_WAREHOUSE_URL": "mysql://somewhere",
    }
    with pytest.raises(MisuseError) as told:
        read_settings(wrong, project)
    assert all(name in str(told.value) for name in wrong)
    assert told.value.exit_code == 2


def test_a_wrong_address_is_not_repeated_since_it_may_hold_a_password(project: Path):
    with pytest.raises(MisuseError) as told:
        read_settings({"KPI_WAREHOUSE_URL": SECRET.replace("postgresql", "mysql")}, project)
    assert "not-for-your-eyes" not in str(told.value)


def test_settings_never_show_an_address(project: Path):
    found = read_settings({"KPI_WAREHOUSE_URL": SECRET, "KPI_DATABASE_CRM_URL": SECRET}, project)
    assert "not-for-your-eyes" not in repr(found)
    assert "not-for-your-eyes" not in str(found)


def test_other_databases_are_named_by_their_setting(project: Path):
    found = read_settings({"KPI_DATABASE_CRM_URL": SECRET, "KPI_DATABASE_EMPTY_URL": ""}, project)
    assert found.database_urls == {"crm": SECRET}


def test_a_setting_that_nothing_reads_is_probably_a_typing_error():
    told = unknown_settings({"KPI_POOOL": "2", "KPI_POOL": "2", "KPI_DATABASE_CRM_URL": SECRET, "KPI_TEST_DATA": "x"})
    assert told == ['KPI_POOOL: no such setting. Did you mean "KPI_POOL"?']


def test_typing_errors_in_dotenv_are_known_like_those_of_the_environment(project: Path):
    (project / ".env").write_text("KPI_POOOL=2\nKPI_TEST_DATA=x\n")
    assert read_settings({"KPI_HOMME": "x"}, project).unknown == (
        'KPI_POOOL: no such setting. Did you mean "KPI_POOL"?',
        'KPI_HOMME: no such setting. Did you mean "KPI_HOME"?',
    )
    assert read_settings({}, project / "scorecards").unknown[0].startswith("KPI_POOOL")


@pytest.mark.parametrize(
    "text",
    [
        "1aB-c_9",
        " 1aB-c_9 ",
        "https://docs.google.com/spreadsheets/d/1aB-c_9",
        "https://docs.google.com/spreadsheets/d/1aB-c_9/edit?gid=7#gid=7",
        "https://docs.google.com/spreadsheets/u/1/d/1aB-c_9/edit",
        "https://docs.google.com/a/firm.example/spreadsheets/d/1aB-c_9/edit",
    ],
)
def test_a_spreadsheet_is_named_by_its_id_or_its_address(text: str, project: Path):
    found = read_settings({"KPI_SPREADSHEET_SUCCESS": text, "KPI_SHEET_Partners": text, "KPI_SHEET_NONE": ""}, project)
    assert (found.spreadsheets, found.sheets) == ({"success": "1aB-c_9"}, {"partners": "1aB-c_9"})
    assert found.unknown == ()


def test_what_names_no_spreadsheet_is_told_with_the_other_faults(project: Path):
    shown_to_all = "https://docs.google.com/spreadsheets/d/e/2PACX-1v/pubhtml"  # as published on the web: no id in it
    given = {"KPI_SPREADSHEET_SUCCESS": shown_to_all, "KPI_SHEET_PARTNERS": "our partners", "KPI_GOOGLE_BUDGET": "0"}
    with pytest.raises(MisuseError) as caught:
        read_settings(given, project)
    assert caught.value.what.splitlines() == [
        "KPI_GOOGLE_BUDGET: a whole number above 0 is needed.",
        "KPI_SPREADSHEET_SUCCESS: neither the id of a spreadsheet nor its address.",
        "KPI_SHEET_PARTNERS: neither the id of a spreadsheet nor its address.",
    ]


def test_the_key_file_that_other_google_programs_use_is_ours_too(project: Path):
    both = {"GOOGLE_APPLICATION_CREDENTIALS": "/theirs.json", "KPI_GOOGLE_KEY_FILE": "ours.json"}
    assert read_settings(both, project).google_key == project / "ours.json"
    assert read_settings({"GOOGLE_APPLICATION_CREDENTIALS": "/theirs.json"}, project).google_key == Path("/theirs.json")


def test_every_known_setting_is_read(project: Path):
    (project / "cards").mkdir()
    given = dict.fromkeys(KNOWN, "7") | {"KPI_SCORECARDS_DIR": "cards", "KPI_WAREHOUSE_URL": SECRET}
    changed, usual = read_settings(given, project), read_settings({}, project)
    slots = [name for name in changed.__slots__ if name not in ("database_urls", "spreadsheets", "sheets", "unknown")]
    assert len(slots) == len(KNOWN)
    assert all(getattr(changed, name) != getattr(usual, name) for name in slots)
