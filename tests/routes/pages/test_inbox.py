"""The inbox as Ian sees it: the list and its filters, one call behind a reason, replays counted first, and the tray."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup, Tag
from werkzeug.test import TestResponse

from tests.cast import BEN, IAN, Browser, Character
from tests.conftest import FixedClock
from tests.hook_stage import HookStage, event, hooked_provider, said, signature
from tests.sync_stage import booking
from webapp.integrations.kit.errors import ContractBroken
from webapp.models import HitState, LogEntry
from webapp.runtime import Runtime

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider", "memory_provider")
ClientOf = Callable[[Character | None], Browser]
INBOX = "/integrations/logs/inbox"


@pytest.fixture
def stage(hub: Runtime) -> HookStage:
    stage = HookStage(hub)
    stage.answers(booking("R1"), booking("R2"))
    return stage


@pytest.fixture
def ian(client_of: ClientOf) -> Browser:
    return client_of(IAN)


def page(answer: TestResponse, status: int = 200) -> BeautifulSoup:
    assert answer.status_code == status, answer.text[:500]
    return BeautifulSoup(answer.text, "html.parser")


def text_of(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


def events(soup: BeautifulSoup) -> list[str]:
    return [link.get_text() for link in soup.select(".inbox-lines tbody .cell-title a")]


def fail(stage: HookStage, *numbers: str) -> None:
    """These calls are given up, and the provider is well again."""
    stage.script.single_error = ContractBroken("reservation.rooms")
    for number in numbers:
        stage.call(event(number=number))
    stage.process()
    stage.script.single_error = None


def first_id(stage: HookStage) -> str:
    return stage.hits()[0].public_id


# --- the list


def test_the_inbox_is_for_admins(client_of: ClientOf, stage: HookStage) -> None:
    stage.call(event())
    ben = client_of(BEN)
    for path in ("", ".csv", ".jsonl", f"/{first_id(stage)}"):
        assert ben.get(f"{INBOX}{path}").status_code == 403


def test_each_call_stands_there_with_what_became_of_it(stage: HookStage, ian: Browser) -> None:
    stage.call(event(number="R1"))
    stage.process()
    stage.call(event("roomblock.created", ""))
    stage.process()
    stage.call(event(number="R2"))
    soup = page(ian.get(INBOX))
    words = text_of(soup.select_one(".inbox-lines"))
    for expected in (
        "booking.updated",
        "1 booking changed",
        "It is about nothing that this hub keeps.",
        "Waiting",
        "not read yet",
        "Came to the secret address",
    ):
        assert expected in words
    assert events(soup)[1:] == ["roomblock.created", "booking.updated"]
    assert text_of(soup.select_one('.tabs [aria-current="page"]')) == "Inbox"


def test_an_empty_inbox_says_what_it_waits_for(ian: Browser) -> None:
    soup = page(ian.get(INBOX))
    assert "No webhook call in this range" in text_of(soup)
    assert "needs you" not in text_of(soup)


def test_filters_narrow_and_can_be_taken_away(stage: HookStage, ian: Browser, clock: FixedClock) -> None:
    stage.call(event(number="R1"))
    stage.process()
    fail(stage, "R2")
    signed = HookStage(stage.hub, name="Signed PMS", signs=True)
    body = said(event("booking.created"))
    signed.reception.take(signed.hit(body, signature(b"x")), token=signed.token)
    assert len(events(page(ian.get(INBOX)))) == 3
    for query in ("state=failed", "trust=rejected", "event=updated", f"connection={signed.public_id}"):
        soup = page(ian.get(f"{INBOX}?{query}"))
        assert len(events(soup)) == (2 if query == "event=updated" else 1), query
        assert "Clear all" in text_of(soup)
    local = clock.now + timedelta(hours=2)
    later = (local + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    assert events(page(ian.get(f"{INBOX}?from={later}"))) == []
    clock.advance(days=9)
    soup = page(ian.get(INBOX))
    assert events(soup) == []
    assert len(events(page(ian.get(f"{INBOX}?period=month")))) == 3


def test_a_filter_that_is_not_understood_is_said_so(ian: Browser) -> None:
    assert "Choose one of the list." in text_of(page(ian.get(f"{INBOX}?state=odd"), 422))
    assert "is not there any more" in text_of(page(ian.get(f"{INBOX}?after=garbage"), 422))
    assert ian.get(f"{INBOX}.csv?state=odd").status_code == 422


def test_pages_are_walked_by_links(stage: HookStage, ian: Browser) -> None:
    for number in range(60):
        stage.call(event(number=f"R{number}"))
    first = page(ian.get(INBOX))
    older = next(one for one in first.select(".pager a") if "Older" in text_of(one))
    second = page(ian.get(str(older["href"])))
    assert (len(events(first)), len(events(second))) == (50, 10)
    newer = next(one for one in second.select(".pager a") if "Newer" in text_of(one))
    again = page(ian.get(str(newer["href"])))
    assert [tag["id"] for tag in again.select(".inbox-lines a[id]")] == [
        tag["id"] for tag in first.select(".inbox-lines a[id]")
    ]


def test_files_hold_every_call_and_no_body(stage: HookStage, ian: Browser) -> None:
    stage.call(event(number="R1", note="=HYPERLINK(1)"))
    stage.process()
    answer = ian.get(f"{INBOX}.csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["state"], row["events"], row["changed"]) == ("applied", "booking.updated", "1")
    (line,) = ian.get(f"{INBOX}.jsonl").text.splitlines()
    assert json.loads(line)["public_id"] == first_id(stage)
    assert "HYPERLINK" not in answer.text + line
    assert 'filename="inbox-2026-07-14.csv"' in answer.headers["Content-Disposition"]


def test_following_asks_again_and_stops_when_it_is_switched_off(stage: HookStage, ian: Browser) -> None:
    stage.call(event())
    still = page(ian.get(INBOX)).select_one("#inbox-table")
    assert still is not None
    assert "hx-get" not in still.attrs
    live = page(ian.get(f"{INBOX}?live=1&state=waiting")).select_one("#inbox-table")
    assert live is not None
    assert (live["hx-trigger"], "data-live" in live.attrs) == ("every 4s", True)
    tick = ian.get(str(live["hx-get"]), hx=True, headers={"HX-Target": "inbox-table"})
    assert "HX-Push-Url" not in tick.headers
    again = page(tick).select_one("#inbox-table")
    assert again is not None
    assert (again["hx-get"], "data-announce" in again.attrs) == (live["hx-get"], False)


# --- one call


def test_a_call_is_shown_with_headers_verdict_and_what_it_changed_but_masked(
    stage: HookStage, ian: Browser
) -> None:
    body = said(event(number="R1", guest="Anna Keller"))
    headers = {"User-Agent": "pms/1", "Authorization": "Bearer s3cret", "X-Guest": "Anna Keller"}
    stage.reception.take(stage.hit(body, headers), token=stage.token, sender="192.0.2.7")
    stage.process()
    answer = ian.get(f"{INBOX}/{first_id(stage)}")
    soup = page(answer)
    words = text_of(soup)
    for expected in (
        "1 booking changed.",
        "Came to the secret address",
        "user-agent",
        "pms/1",
        "not kept: a secret",
        "192.0.2.7",
        "What it changed",
        "booking.updated",
    ):
        assert expected in words, expected
    assert "Anna Keller" not in answer.text
    assert "s3cret" not in answer.text
    made = [text_of(row) for row in soup.select("table.table-sm tbody tr") if "R1" in text_of(row)]
    assert made == ["C-R1 The booking stored for the first time"]


def test_the_body_is_revealed_for_a_reason_which_is_logged(stage: HookStage, ian: Browser) -> None:
    stage.call(event(number="R1", guest="Anna Keller"))
    address = f"{INBOX}/{first_id(stage)}"
    refused = ian.post(f"{address}/reveal", data={"reason": " x "}, hx=True)
    assert refused.status_code == 422
    assert "Say why" in refused.text
    shown = ian.post(f"{address}/reveal", data={"reason": "guest complains"}, hx=True)
    assert "Anna Keller" in shown.text
    line = next(row for row in stage.all(LogEntry, LogEntry.id) if row.action == "hit.revealed")
    assert (line.actor, "guest complains" in line.summary) == (IAN.email, True)
    assert "Anna Keller" not in ian.get(address).text


def test_a_refused_call_has_no_body_to_show(hub: Runtime, ian: Browser) -> None:
    stage = HookStage(hub, signs=True)
    stage.reception.take(stage.hit(said(event(guest="Anna Keller")), signature(b"x")), token=stage.token)
    soup = page(ian.get(f"{INBOX}/{first_id(stage)}"))
    words = text_of(soup)
    assert "The body of a refused call is not kept" in words
    assert "Signature rejected" in words
    assert not soup.select("#inbox-hit-reason")
    assert "Apply once more" not in words
    assert ian.post(f"{INBOX}/{first_id(stage)}/replay").status_code == 409


def test_one_call_is_applied_once_more(stage: HookStage, ian: Browser) -> None:
    fail(stage, "R1")
    answer = ian.post(f"{INBOX}/{first_id(stage)}/replay", hx=True)
    assert "The call is applied once more." in answer.text
    stage.process()
    assert stage.states() == [HitState.APPLIED]


def test_an_unknown_call_is_not_found(ian: Browser) -> None:
    assert ian.get(f"{INBOX}/hi_none").status_code == 404
    assert ian.post(f"{INBOX}/hi_none/reveal", data={"reason": "because"}).status_code == 404
    assert ian.post(f"{INBOX}/hi_none/replay").status_code == 404


# --- replays of many


def test_chosen_calls_are_counted_before_anything_happens(stage: HookStage, ian: Browser) -> None:
    fail(stage, "R1", "R2", "R2")
    stage.call(event("roomblock.created", ""))
    stage.process()
    before = stage.states()
    ids = [hit.public_id for hit in stage.hits()]
    words = text_of(page(ian.post(f"{INBOX}/plan", data={"hit": ids})))
    for expected in ("Replay 4 calls?", "re-read 2 bookings, in at least 1 call.", "1 asks for nothing."):
        assert expected in words
    assert stage.states() == before


def test_a_replay_runs_and_tells_how_far_it_got(stage: HookStage, ian: Browser) -> None:
    fail(stage, "R1", "R2")
    form = page(ian.post(f"{INBOX}/plan", data={"hit": [hit.public_id for hit in stage.hits()]}))
    ids = [str(field["value"]) for field in form.select('input[name="hit"]')]
    started = ian.post(f"{INBOX}/start", data={"hit": ids})
    assert started.status_code == 303
    running = page(ian.get(started.headers["Location"]))
    assert "0 of 2 are done." in text_of(running)
    assert running.select_one("#inbox-progress[hx-get]")
    stage.process()
    done = page(ian.get(started.headers["Location"]))
    assert "2 of 2 are done. 2 bookings changed." in text_of(done)
    assert not done.select("#inbox-progress[hx-get]")
    link = next(one for one in done.select("a") if "Show these calls" in text_of(one))
    assert len(events(page(ian.get(str(link["href"]))))) == 2
    line = next(row for row in stage.all(LogEntry, LogEntry.id) if row.action == "hits.replayed")
    assert line.actor == IAN.email


def test_all_that_were_given_up_since_a_moment_are_replayed(
    stage: HookStage, ian: Browser, clock: FixedClock
) -> None:
    fail(stage, "R1")
    clock.advance(hours=2)
    fail(stage, "R2")
    assert "Replay 1 call?" in text_of(page(ian.post(f"{INBOX}/plan", data={"since": "2026-07-14T13:00"})))
    assert "Replay 2 calls?" in text_of(page(ian.post(f"{INBOX}/plan", data={"since": "2026-07-14T12:00"})))
    other = {"since": "2026-07-14T12:00", "connection": "cn_other"}
    assert ian.post(f"{INBOX}/plan", data=other).status_code == 303


def test_nothing_chosen_or_nonsense_leads_back_to_the_list(stage: HookStage, ian: Browser) -> None:
    for form in ({}, {"since": "soon"}, {"item": "failed:cn_x:y"}):
        assert ian.post(f"{INBOX}/plan", data=form).headers["Location"] == INBOX
    assert ian.post(f"{INBOX}/start", data={"hit": ["hi_none"]}).headers["Location"] == INBOX
    assert ian.get(f"{INBOX}/replays/rp_none").status_code == 404
    words = text_of(page(ian.post(f"{INBOX}/plan", data={"hit": ["hi_none"]})))
    assert "None of these can be replayed" in words


# --- the tray


def test_the_tray_names_what_needs_a_person_and_why(stage: HookStage, ian: Browser) -> None:
    fail(stage, "R1", "R2")
    stage.call(event("minibar.opened", ""))
    stage.process()
    signed = HookStage(stage.hub, name="Signed PMS", signs=True)
    for _ in range(3):
        signed.reception.take(signed.hit(said(event()), signature(b"x")), token=signed.token)
    soup = page(ian.get(INBOX))
    assert "3 items need you" in text_of(soup)
    words = text_of(soup.select_one(".tray"))
    for expected in (
        "Given up",
        "2 calls of",
        "Rejected in a row",
        "3 calls of Signed PMS",
        "minibar.opened",
    ):
        assert expected in words, expected


def test_a_rejected_call_between_good_ones_is_no_item(hub: Runtime, ian: Browser) -> None:
    stage = HookStage(hub, signs=True)
    for _ in range(3):
        stage.reception.take(stage.hit(said(event()), signature(b"x")), token=stage.token)
    stage.call(event())
    assert "needs you" not in text_of(page(ian.get(INBOX)))


def test_an_item_is_retried_after_its_count_and_leaves_the_tray(stage: HookStage, ian: Browser) -> None:
    fail(stage, "R1")
    item = page(ian.get(INBOX)).select_one('.tray input[name="item"]')
    assert item is not None
    plan = page(ian.post(f"{INBOX}/plan", data={"item": str(item["value"])}))
    ids = [str(field["value"]) for field in plan.select('input[name="hit"]')]
    ian.post(f"{INBOX}/start", data={"hit": ids})
    stage.process()
    assert "needs you" not in text_of(page(ian.get(INBOX)))
    assert stage.states() == [HitState.APPLIED]


def test_a_dismissed_item_is_gone_and_its_calls_stay(stage: HookStage, ian: Browser) -> None:
    fail(stage, "R1")
    item = page(ian.get(INBOX)).select_one('.tray input[name="item"]')
    assert item is not None
    gone = ian.post(f"{INBOX}/dismiss", data={"item": str(item["value"])})
    assert gone.headers["Location"] == INBOX
    soup = page(ian.get(INBOX))
    assert "needs you" not in text_of(soup)
    assert events(soup) == ["booking.updated"]
    assert "hits.dismissed" in {row.action for row in stage.all(LogEntry, LogEntry.id)}
    fail(stage, "R2")
    assert "1 item needs you" in text_of(page(ian.get(INBOX)))
    assert ian.post(f"{INBOX}/dismiss", data={"item": "failed:cn_x:"}).status_code == 303
