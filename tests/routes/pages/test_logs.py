"""The log as Ian sees it: list, filters, files, the drawer with its trace, and payloads behind a reason."""

import csv
import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from werkzeug.test import TestResponse

from tests.cast import BEN, IAN, Browser, Character, Statements
from tests.conftest import FixedClock
from tests.hotel_data import HotelData
from tests.log_data import entry, fill
from webapp.integrations.kit.contract import Hit
from webapp.models import BookingChange, SyncRun, WebhookHit
from webapp.runtime import Runtime
from webapp.services import hit_parcels

ClientOf = Callable[[Character | None], Browser]
EVIL = '<script>alert("x")</script>'


@pytest.fixture
def ian(client_of: ClientOf) -> Browser:
    return client_of(IAN)


def page(answer: TestResponse, status: int = 200) -> BeautifulSoup:
    assert answer.status_code == status, answer.text[:500]
    return BeautifulSoup(answer.text, "html.parser")


def text_of(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


def lines(soup: BeautifulSoup) -> list[str]:
    return [link.get_text() for link in soup.select(".log-lines tbody .cell-title a")]


def test_the_log_is_for_admins(client_of: ClientOf) -> None:
    assert client_of(BEN).get("/integrations/logs").status_code == 403
    assert client_of(BEN).get("/integrations/logs.csv").status_code == 403


def test_a_line_says_what_who_and_when_and_leads_to_its_drawer(ian: Browser, hub: Runtime) -> None:
    key = entry(
        hub,
        "Ada paused it",
        kind="audit",
        actor="ada@aurora.example",
        action="connection.paused",
        minutes_ago=4,
    )
    soup = page(ian.get("/integrations/logs"))
    row = soup.select_one(".log-lines tbody tr")
    words = text_of(row)
    for part in (
        "Ada paused it",
        "connection.paused",
        "Audit",
        "Info",
        "ada@aurora.example",
        "12:26:00",
        "4 minutes ago",
    ):
        assert part in words
    link = soup.select_one(f"#log-{key}")
    assert link is not None
    assert (link["href"], link["hx-target"]) == (f"/integrations/logs/{key}", "#drawer-body")
    assert "Kept for 30 days" in text_of(soup)


def test_an_empty_range_offers_to_look_further_back(ian: Browser, hub: Runtime) -> None:
    entry(hub, "old", minutes_ago=60 * 24 * 9)
    soup = page(ian.get("/integrations/logs"))
    assert "Nothing logged in this range" in text_of(soup)
    wider = next(one for one in soup.select("a.btn") if "Look further back" in text_of(one))
    assert lines(page(ian.get(str(wider["href"])))) == ["old"]


def test_the_filter_is_a_plain_form_that_pushes_its_address(ian: Browser, hub: Runtime) -> None:
    entry(hub, "fine")
    entry(hub, "broken", level="error")
    soup = page(ian.get("/integrations/logs?level=errors&q=bro"))
    assert lines(soup) == ["broken"]
    form = soup.select_one("#logs-filter")
    assert form is not None
    assert (form["method"], form["action"], form["hx-push-url"]) == ("get", "/integrations/logs", "true")
    part = ian.get(
        "/integrations/logs?level=errors&q=&view=operations", hx=True, headers={"HX-Target": "logs-table"}
    )
    assert part.headers["HX-Push-Url"] == "/integrations/logs?level=errors"
    assert page(part).select_one("#logs-table")
    assert not page(part).select("#logs-filter")
    assert "Level: Errors only" in text_of(page(part))


def test_pages_are_walked_by_links(ian: Browser, hub: Runtime) -> None:
    fill(hub, 130)
    first = page(ian.get("/integrations/logs?view=all"))
    older = next(one for one in first.select(".pager a") if "Older" in text_of(one))
    second = page(ian.get(str(older["href"])))
    assert (lines(first)[0], lines(second)[0]) == ("line 129", "line 79")
    newer = next(one for one in second.select(".pager a") if "Newer" in text_of(one))
    assert lines(page(ian.get(str(newer["href"])))) == lines(first)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("?after=garbage", "is not there any more"),
        ("?level=loud", "Choose one of the list."),
        ("?from=yesterday", "This is not a moment"),
        ("?from=2026-07-14T12:00&to=2026-07-14T11:00", "lies before the first one"),
    ],
)
def test_an_address_that_means_nothing_is_refused_in_words(ian: Browser, address: str, words: str) -> None:
    assert words in text_of(page(ian.get(f"/integrations/logs{address}"), 422))


def test_moments_are_those_of_the_hotel(ian: Browser, hub: Runtime) -> None:
    entry(hub, "at 12:20", minutes_ago=10)
    entry(hub, "at 12:10", minutes_ago=20)
    soup = page(ian.get("/integrations/logs?from=2026-07-14T12:15&to=2026-07-14T12:25"))
    assert lines(soup) == ["at 12:20"]


def test_the_histogram_has_its_table_and_marks_trouble(ian: Browser, hub: Runtime) -> None:
    entry(hub, level="error", minutes_ago=90)
    entry(hub, minutes_ago=5)
    soup = page(ian.get("/integrations/logs?period=day"))
    chart = soup.select_one("svg.columns")
    assert chart is not None
    assert len(chart.select("rect.column-info")) == 25
    assert len(chart.select("rect.column-warn")) == 1
    rows = [[text_of(cell) for cell in row.select("td")] for row in soup.select(".chart-table tbody tr")]
    assert (rows.count(["1", "1"]), rows.count(["1", "0"]), rows.count(["0", "0"])) == (1, 1, 23)
    stretch = soup.select(".chart-table tbody a")
    assert len(lines(page(ian.get(str(stretch[1]["href"]))))) == 1
    assert not page(ian.get("/integrations/logs?q=x")).select("svg.columns")


def test_what_providers_say_is_text_and_never_markup(ian: Browser, hub: Runtime) -> None:
    key = entry(hub, EVIL, action=EVIL[:60], actor=EVIL, trace_id="tr_1", payload={EVIL: EVIL})
    for address in ("/integrations/logs", f"/integrations/logs/{key}", f"/integrations/logs?q={EVIL}"):
        assert EVIL not in ian.get(address).text


def test_files_have_every_line_of_the_filter(ian: Browser, hub: Runtime) -> None:
    fill(hub, 1200)
    entry(hub, "=HYPERLINK(1)", kind="audit", minutes_ago=0, payload={"guest": "Keller"})
    answer = ian.get("/integrations/logs.csv?view=audit")
    assert answer.mimetype == "text/csv"
    assert 'filename="log-2026-07-14.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert (len(rows), rows[0]["summary"]) == (151, "'=HYPERLINK(1)")
    assert "Keller" not in answer.text
    documents = [
        json.loads(line) for line in ian.get("/integrations/logs.jsonl?view=audit").text.splitlines()
    ]
    assert (len(documents), documents[0]["summary"]) == (151, "=HYPERLINK(1)")
    assert documents[0]["at"].startswith("2026-07-14T10:30:00")
    assert ian.get("/integrations/logs.csv?level=loud").status_code == 422


# --- one entry


def a_run(hotel: HotelData, clock: FixedClock) -> int:
    """A run with a call and a changed booking under one trace; answers the id of its line."""
    hotel.book("Keller", number="AUR-77")
    with hotel.runtime.writing() as session:
        run = SyncRun(
            public_id="run_1",
            connection_id=hotel.connection_id,
            mode="delta",
            trigger="schedule",
            state="succeeded",
            trace_id="tr_1",
            started_at=clock.now,
            heartbeat_at=clock.now,
            finished_at=clock.now + timedelta(seconds=2),
        )
        session.add(run)
        session.flush()
        session.add(
            BookingChange(
                booking_id=1,
                stay_line="",
                field="room",
                old="101",
                new="204",
                arrived_at=clock.now,
                road="poll",
                run_id=run.id,
            )
        )
    owner: dict[str, Any] = {"connection_id": hotel.connection_id, "trace_id": "tr_1"}
    entry(
        hotel.runtime, "GET /bookings → 200 in 40 ms", kind="call", action="GET 200", minutes_ago=2, **owner
    )
    return entry(hotel.runtime, "Aurora PMS: 1 read, 0 new, 1 changed", **owner)


def test_one_trace_leads_from_the_call_to_the_stored_field(
    ian: Browser, hub: Runtime, clock: FixedClock
) -> None:
    key = a_run(HotelData(hub), clock)
    soup = page(ian.get(f"/integrations/logs/{key}", hx=True))
    assert not soup.select("html")
    assert "tr_1" in text_of(soup.select_one("#log-trace"))
    messages = [text_of(one) for one in soup.select(".log-messages li")]
    assert "GET /bookings → 200" in messages[0]
    assert soup.select_one(".log-messages li[aria-current]")
    row = text_of(soup.select_one("table.table-sm tbody tr"))
    assert row == "AUR-77 Room 101 → 204"
    assert soup.select_one('a[href^="/bookings/bk_"]')
    assert soup.select_one('a[href$="/runs/run_1"]')
    all_lines = next(one for one in soup.select("a") if "All lines of this trace" in text_of(one))
    assert len(lines(page(ian.get(str(all_lines["href"]))))) == 2
    assert page(ian.get(f"/integrations/logs/{key}")).select_one("main #logs-entry")


def test_a_booking_leads_to_its_lines(
    client_of: ClientOf, ian: Browser, hub: Runtime, clock: FixedClock
) -> None:
    a_run(HotelData(hub), clock)
    entry(hub, "of something else", trace_id="tr_2")
    shown = page(ian.get("/bookings"))
    booking = str(shown.select("tbody .cell-title a")[0]["href"])
    button = page(ian.get(booking)).select_one('a[aria-label="Logs of this booking"]')
    assert button is not None
    assert len(lines(page(ian.get(str(button["href"]))))) == 2
    assert not page(client_of(BEN).get(booking)).select('a[aria-label="Logs of this booking"]')


def test_what_the_hub_wrote_itself_is_shown_without_its_secrets(ian: Browser, hub: Runtime) -> None:
    key = entry(
        hub,
        kind="audit",
        payload={"before": {"frequency": 15, "api_key": "k-123"}, "after": {"url": "https://x"}},
    )
    soup = page(ian.get(f"/integrations/logs/{key}"))
    raw = text_of(soup.select_one("pre.raw"))
    assert '"frequency": 15' in raw
    assert "https://x" in raw
    assert "k-123" not in soup.text
    assert not soup.select("#logs-entry-reason")


def a_hit(hub: Runtime) -> int:
    hotel = HotelData(hub)
    call = Hit(
        headers={"Content-Type": "application/json", "X-Signature": "s3cr3t"},
        query={},
        body=b'{"event":"reservation.created","guest":{"name":"Anna Keller","card":"4111111111111111"},"nights":3}',
        received_at=hub.clock(),
    )
    with hub.writing() as session:
        session.add(
            WebhookHit(
                public_id="hit_1",
                connection_id=hotel.connection_id,
                trace_id="tr_9",
                received_at=hub.clock(),
                trust="signed",
                state="applied",
                sealed=hit_parcels.seal(hub, call),
                size=len(call.body),
                digest="0" * 64,
            )
        )
    return entry(hub, "reservation.created", kind="hit", trace_id="tr_9", connection_id=hotel.connection_id)


def test_a_webhook_payload_is_masked_until_a_reason_is_given(ian: Browser, hub: Runtime) -> None:
    key = a_hit(hub)
    soup = page(ian.get(f"/integrations/logs/{key}"))
    raw = text_of(soup.select_one("pre.raw"))
    assert "Anna" not in soup.text
    assert "4111" not in soup.text
    assert '"event": "reservation.created"' in raw
    assert '"nights": 3' in raw
    assert "Signature verified" in text_of(soup)
    refused = page(ian.post(f"/integrations/logs/{key}/reveal", data={"reason": " a "}, hx=True), 422)
    assert "Say why" in text_of(refused)
    assert "Anna" not in refused.text
    shown = ian.post(f"/integrations/logs/{key}/reveal", data={"reason": "guest asked for it"}, hx=True)
    assert "Anna Keller" in text_of(page(shown).select_one("pre.raw"))
    assert "s3cr3t" not in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    audit = page(ian.get("/integrations/logs?view=audit"))
    assert lines(audit) == [f"The payload of log entry {key} was looked at: guest asked for it"]
    assert "ian@aurora.example" in text_of(audit.select_one(".log-lines tbody tr"))


def test_a_webhook_call_is_applied_once_more_from_its_drawer(ian: Browser, hub: Runtime) -> None:
    key = a_hit(hub)
    answer = page(ian.post(f"/integrations/logs/{key}/replay", hx=True))
    assert "The call is applied once more." in text_of(answer)
    assert "Waiting" in text_of(answer)
    assert not answer.select(f'form[action="/integrations/logs/{key}/replay"]')
    assert ian.post(f"/integrations/logs/{key}/replay").status_code == 409
    assert ian.post(f"/integrations/logs/{entry(hub)}/replay").status_code == 404
    assert "hit.replayed" in text_of(page(ian.get("/integrations/logs?view=audit")))


def test_an_entry_that_is_gone_is_not_found(ian: Browser, hub: Runtime) -> None:
    assert ian.get("/integrations/logs/99").status_code == 404
    assert ian.post("/integrations/logs/99/reveal", data={"reason": "why not"}).status_code == 404
    bare = entry(hub)
    assert ian.post(f"/integrations/logs/{bare}/reveal", data={"reason": "why not"}).status_code == 404


def test_a_page_costs_a_fixed_number_of_queries(
    ian: Browser, hub: Runtime, count_queries: Callable[[Runtime], AbstractContextManager[Statements]]
) -> None:
    fill(hub, 20)
    ian.get("/integrations/logs?view=all")
    with count_queries(hub) as few:
        ian.get("/integrations/logs?view=all")
    fill(hub, 3000)
    with count_queries(hub) as many:
        ian.get("/integrations/logs?view=all")
    assert len(many) == len(few) <= 10


# --- what is kept


def test_an_admin_sets_days_and_megabytes_and_sees_the_forecast(ian: Browser, hub: Runtime) -> None:
    entry(hub, "first", minutes_ago=60 * 24 * 3)
    soup = page(ian.get("/integrations/logs/settings"))
    assert "30 days come to about" in text_of(soup)
    # One line is no 0.0 MB.
    assert "MB" not in text_of(soup).partition("Kept now, about")[2].partition("Oldest")[0]
    saved = ian.post("/integrations/logs/settings", data={"days": "7", "megabytes": "200"})
    assert saved.status_code == 303
    assert "7 days come to about" in text_of(page(ian.get("/integrations/logs/settings")))
    assert "Kept for 7 days" in text_of(page(ian.get("/integrations/logs")))


def test_days_that_make_no_sense_are_said_at_their_field(ian: Browser, hub: Runtime) -> None:
    refused = ian.post("/integrations/logs/settings", data={"days": "0", "megabytes": "many"}, hx=True)
    assert refused.status_code == 422
    assert "From 1 to 365 days." in refused.text
