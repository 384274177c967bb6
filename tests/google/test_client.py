"""What the client makes of Google's answers, and of no answer. The real gspread and google-auth, a real socket."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import MisuseError
from core.google.answers import Expired, NotShared, Refused, Uncertain, Unreachable
from core.google.client import GOOGLE, Sheets, connect
from core.settings import Settings
from tests.google.played_time import PlayedTime
from tests.google.rude_server import ADDRESS, Answer, Rude, cut, fails, grants_after, never, reset, rude_server, says

BOOK = {"sheets": [{"properties": {"title": "sc2026"}}]}
BATCH = {"requests": [{"addSheet": {"properties": {"title": "sc2026"}}}]}
PORTAL = says(302, headers="Location: http://127.0.0.1:9/login\r\n")  # nobody listens there
HTML = says(502, "<html><body>Bad Gateway</body></html>", kind="text/html")


def settings(folder: Path, key: Path | None, endpoint: str, **more: Any) -> Settings:
    return Settings(
        home=folder, scorecards=folder, data=folder, published=folder, google_key=key, sheets_endpoint=endpoint, **more
    )


def client(rude: Rude, folder: Path, time: PlayedTime | None = None, **more: Any) -> Sheets:
    time = time or PlayedTime()
    return connect(settings(folder, rude.key_file(folder), rude.url, **more), time=time.as_time())


def test_a_read_signs_in_and_asks_for_its_fields_and_ranges(tmp_path: Path) -> None:
    with rude_server(says(200, BOOK)) as rude:
        sheets = client(rude, tmp_path)
        assert sheets.read("book1", fields="sheets(properties)", ranges=["'sc2026'"]) == BOOK
        assert sheets.address == ADDRESS
    (asked,) = rude.asked
    assert asked.startswith("GET /v4/spreadsheets/book1?")
    assert "fields=sheets%28properties%29" in asked
    assert "ranges=%27sc2026%27" in asked
    assert rude.tokens == 1


@pytest.mark.parametrize(
    "trouble",
    [HTML, fails(500), fails(503), fails(429), cut(0), cut(20), cut(80), says(200, "{"), says(200, "null"), reset],
    ids=range(10),
)
def test_a_read_is_repeated_until_it_is_answered_whole(trouble: Answer, tmp_path: Path) -> None:
    with rude_server(trouble, trouble, says(200, BOOK)) as rude:
        assert client(rude, tmp_path).read("b", fields="sheets") == BOOK
    assert len(rude.asked) == 3


def test_a_write_is_repeated_only_where_nothing_was_done(tmp_path: Path) -> None:
    time = PlayedTime()
    rate = fails(403, errors=[{"reason": "rateLimitExceeded"}])
    with rude_server(fails(429), rate, says(200, {"replies": []})) as rude:
        client(rude, tmp_path, time).write("b", BATCH)
    assert len(rude.asked) == 3
    assert time.waits == [60, 60], "the quota is one of a minute"


@pytest.mark.parametrize(
    "trouble",
    [
        HTML,
        fails(500),
        fails(503),
        fails(408),
        cut(0),
        cut(20),
        cut(80),
        reset,
        PORTAL,
        says(200, "null"),
        says(200, "[]"),
    ],
    ids=range(11),
)
def test_a_write_that_may_have_landed_is_not_sent_again(trouble: Answer, tmp_path: Path) -> None:
    with rude_server(trouble) as rude, pytest.raises(Uncertain):
        client(rude, tmp_path).write("b", BATCH)
    assert len(rude.asked) == 1


def test_google_may_ask_for_a_longer_wait(tmp_path: Path) -> None:
    time = PlayedTime(chance=0)
    slow, odd = (fails(429, headers=f"Retry-After: {said}\r\n") for said in ("90", "soon"))
    with rude_server(slow, odd, says(200, {"replies": []})) as rude:
        sheets = client(rude, tmp_path, time)
        sheets.write("b", BATCH)
    assert time.waits == [90, 15]
    assert sheets.turned_away == 2


def test_a_number_that_is_none_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    with rude_server(says(200, {})) as rude, pytest.raises(Refused, match="NaN or infinity"):
        client(rude, tmp_path).write("b", {"requests": [{"value": float("inf")}]})
    assert rude.asked == []


@pytest.mark.parametrize(
    "body", ['"no"', "[]", '[{"error": {"message": "bad"}}]', '{"error": "bad"}', '{"error": {"message": "bad"}}']
)
def test_a_refusal_in_an_odd_wrapping_is_a_sentence_too(body: str, tmp_path: Path) -> None:
    with rude_server(says(400, body)) as rude, pytest.raises(Refused, match="bad|Google answered 400"):
        client(rude, tmp_path).write("b", BATCH)


def test_who_takes_the_line_and_never_answers_is_left(tmp_path: Path) -> None:
    with rude_server(never) as rude:
        sheets = client(rude, tmp_path)
        sheets._http.set_timeout((1, 0.2))
        with pytest.raises(Uncertain, match="did not answer in time"):
            sheets.write("b", BATCH)
        with pytest.raises(Unreachable):
            sheets.read("b", fields="sheets")


def test_a_token_host_that_never_answers_is_left_too(tmp_path: Path) -> None:
    with rude_server(says(200, BOOK), token=never) as rude:
        sheets = client(rude, tmp_path, google_budget=1)
        sheets._http.set_timeout((1, 0.05))
        with pytest.raises(Unreachable):
            sheets.write("b", BATCH)
    assert rude.asked == []


def test_a_token_host_in_trouble_is_asked_again(tmp_path: Path) -> None:
    with rude_server(says(200, BOOK), token=grants_after(says(503, "<html>", kind="text/html"), times=2)) as rude:
        assert client(rude, tmp_path).read("b", fields="sheets") == BOOK


def test_our_own_work_between_requests_takes_nothing_of_the_budget(tmp_path: Path) -> None:
    time = PlayedTime()
    with rude_server(says(200, BOOK), fails(503), says(200, BOOK)) as rude:
        sheets = client(rude, tmp_path, time)
        sheets.read("b", fields="sheets")
        time.at += 3600
        assert sheets.read("b", fields="sheets") == BOOK


def test_the_budget_is_one_for_all_requests(tmp_path: Path) -> None:
    with rude_server(fails(503), fails(503), fails(503), says(200, BOOK), fails(503)) as rude:
        sheets = client(rude, tmp_path, google_budget=10)
        sheets.read("b", fields="sheets")  # waits 1 + 2 + 4
        with pytest.raises(Unreachable, match="within 10 seconds"):
            sheets.read("b", fields="sheets")


def test_pauses_grow_to_a_minute_and_end_with_the_budget(tmp_path: Path) -> None:
    time = PlayedTime()
    told = r"within 300 seconds \(Google Sheets answered with an error of its own \(503\)\)\. Nothing is lost"
    with rude_server(fails(503)) as rude, pytest.raises(Unreachable, match=told):
        client(rude, tmp_path, time).read("b", fields="sheets")
    assert time.waits == [1, 2, 4, 8, 16, 32, 64, 64, 64]
    assert time.at <= 300


def test_chance_spreads_the_pauses(tmp_path: Path) -> None:
    time = PlayedTime(chance=0.25)
    with rude_server(fails(503), fails(503), says(200, BOOK)) as rude:
        client(rude, tmp_path, time).read("b", fields="sheets")
    assert time.waits == [0.25, 0.5]


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (fails(400, "Invalid requests[0].addSheet: exists"), Refused, r"Invalid requests\[0\].addSheet: exists"),
        (fails(403, "The caller does not have permission"), NotShared, f"Share it with {ADDRESS} as an editor"),
        (fails(404, "Requested entity was not found."), NotShared, f"Share it with {ADDRESS} as an editor"),
        (fails(403, "off", errors=[{"reason": "accessNotConfigured"}]), NotShared, "not switched on"),
    ],
)
def test_what_is_final_is_told_at_once(answer: Answer, kind: type[Exception], told: str, tmp_path: Path) -> None:
    time = PlayedTime()
    with rude_server(answer) as rude, pytest.raises(kind, match=told):
        client(rude, tmp_path, time).write("b", BATCH)
    assert (len(rude.asked), time.waits) == (1, [])


def test_an_expired_token_is_renewed_once_and_then_told(tmp_path: Path) -> None:
    with rude_server(fails(401), says(200, BOOK)) as rude:
        assert client(rude, tmp_path).read("b", fields="sheets") == BOOK
    assert rude.tokens == 2
    with rude_server(fails(401, "Invalid credentials.")) as rude, pytest.raises(Expired, match="Make a new key"):
        client(rude, tmp_path).read("b", fields="sheets")
    assert (len(rude.asked), rude.tokens) == (2, 2)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, "Make a new key"),
        ({"error": "invalid_grant", "error_description": "Check your iat and exp values"}, "clock is wrong"),
    ],
)
def test_a_key_that_is_good_no_more_is_final(said: dict[str, str], told: str, tmp_path: Path) -> None:
    time = PlayedTime()
    with rude_server(says(200, BOOK), token=says(400, said)) as rude, pytest.raises(Expired, match=told):
        client(rude, tmp_path, time).read("b", fields="sheets")
    assert time.waits == []


def test_nobody_listens(tmp_path: Path) -> None:
    with rude_server(says(200, BOOK)) as rude:
        sheets = client(rude, tmp_path)
        sheets.read("b", fields="sheets")
    with pytest.raises(Unreachable):
        sheets.write("b", BATCH)


def test_every_request_has_its_time_limits(tmp_path: Path) -> None:
    from core.google.client import TIMEOUT

    with rude_server(says(200, BOOK)) as rude:
        assert client(rude, tmp_path)._http.timeout == TIMEOUT == (5, 180)


def test_the_clocks_are_compared(tmp_path: Path) -> None:
    with rude_server(says(200, BOOK, headers="Date: Fri, 15 Jan 2027 08:00:00 GMT\r\n")) as rude:
        sheets = client(rude, tmp_path, PlayedTime(started=1_800_000_000))
        sheets.read("b", fields="sheets")
    assert sheets.clock_ahead == 0  # the played clock shows this very second


def test_the_time_is_asked_without_the_key_where_it_is_not_taken(tmp_path: Path) -> None:
    late = says(400, {"error": "invalid_grant", "error_description": "Check your iat and exp values"})
    with rude_server(fails(404, headers="Date: Fri, 15 Jan 2027 08:00:00 GMT\r\n"), token=late) as rude:
        sheets = client(rude, tmp_path, PlayedTime(started=1_800_000_000 + 900))
        with pytest.raises(Expired):
            sheets.read("b", fields="sheets")
        assert sheets.clock_ahead is None
        assert sheets.ask_the_time() == 900
    assert rude.asked == ["GET / HTTP/1.1"]
    assert sheets.ask_the_time() == 900, "nobody listens any more: the last answer stands"


def test_google_may_be_written_out_as_the_endpoint(tmp_path: Path) -> None:
    with rude_server(says(200)) as rude:
        key = rude.key_file(tmp_path)
    assert connect(settings(tmp_path, key, f"{GOOGLE}/")).address == ADDRESS


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ("http://sheets.example", "must begin with https://"),
        ("https://sheets.example", "the key file belongs to another host"),
        ("ftp://127.0.0.1", "must begin with https://"),
    ],
)
def test_a_key_never_leaves_for_another_host(endpoint: str, told: str, tmp_path: Path) -> None:
    with rude_server(says(200)) as rude:
        key = rude.key_file(tmp_path)
    with pytest.raises(MisuseError, match=told):
        connect(settings(tmp_path, key, endpoint))


@pytest.mark.parametrize("content", [None, "", "{}", "no json", '{"type": "service_account"}'])
def test_a_file_that_is_no_key_is_told_without_its_content(content: str | None, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    if content is not None:
        key.write_text(content)
    with pytest.raises(MisuseError, match="KPI_GOOGLE_KEY_FILE") as caught:
        connect(settings(tmp_path, key, ""))
    assert not content or content not in str(caught.value)


def test_no_key_at_all(tmp_path: Path) -> None:
    with pytest.raises(MisuseError, match="No key for Google is set"):
        connect(settings(tmp_path, None, ""))
