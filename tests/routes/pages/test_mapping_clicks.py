"""Mapping by clicking: a pasted or fetched answer as a tree whose values become fields, without a script."""

from collections.abc import Callable, Iterator

import msgspec
import pytest
from werkzeug.test import TestResponse

from tests.cast import IAN, Browser, Character
from tests.connected import RECIPE, Aurora, aurora_pms
from tests.routes.pages.test_recipe import MAPPING, STEP, document, fields_of, soup, words
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]
ANSWER = """{"page": 1, "rows": [
  {"no": 41, "st": "OPEN", "von": "14.07.2026", "bis": "16.07.2026", "preis_cents": 45000, "gast": {"name": "Ada Lovelace"}},
  {"no": 42, "st": "CXL", "von": "15.07.2026", "bis": "18.07.2026", "preis_cents": 30000, "gast": {"name": "Ian Byron"}}
], "other": [{"x": 1}]}"""
BARE = '{"version": 1, "currency": "EUR", "streams": {"bookings": {"path": "/b"}}}'


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


@pytest.fixture
def ian(client_of: ClientOf, aurora: Aurora) -> Browser:
    """Ian, whose draft has credentials already."""
    browser = client_of(IAN)
    form = {name: value for name, value in aurora.options.items() if name != "recipe"}
    browser.post(f"{STEP}/credentials", data={**form, "api_key": aurora.key})
    return browser


def begin(browser: Browser, recipe: str = BARE, answer: str = ANSWER) -> TestResponse:
    """An editor with this recipe and this answer beside it."""
    form = fields_of(browser.post(MAPPING, data={"act": "start-recipe", "pasted": recipe}))
    return browser.post(MAPPING, data={**form, "act": "start-answer", "pasted": answer})


def press(
    browser: Browser, shown: TestResponse, act: str, address: str = MAPPING, **form: str
) -> TestResponse:
    return browser.post(address, data={**fields_of(shown), **form, "act": act})


def use(browser: Browser, shown: TestResponse, path: str, choice: str) -> TestResponse:
    return press(browser, shown, f"use:{path}", **{f"as:{path}": choice})


def mapped(answer: TestResponse) -> dict[str, object]:
    fields: dict[str, object] = document(answer)["streams"]["bookings"]["fields"]  # type: ignore[index]
    return fields


def test_an_answer_becomes_a_mapping_by_clicking(ian: Browser) -> None:
    shown = begin(ian)
    assert "Which list holds the bookings?" in words(shown)
    shown = press(ian, shown, "list:rows")
    assert "Still missing: Booking's id, Status, Arrival, Departure." in words(shown)
    for path, choice in (
        ("no", "external_id"),
        ("st", "status"),
        ("von", "arrival||DD.MM.YYYY"),
        ("bis", "departure||DD.MM.YYYY"),
        ("preis_cents", "total_amount|from_minor_units"),
        ("gast.name", "guest_last_name|split_last"),
    ):
        offered = {str(option["value"]) for option in soup(shown).select(f'select[name="as:{path}"] option')}
        assert choice in offered, path
        shown = use(ian, shown, path, choice)
    assert mapped(shown) == {
        "external_id": "no",
        "status": "st",
        "arrival": {"path": "von", "format": "DD.MM.YYYY"},
        "departure": {"path": "bis", "format": "DD.MM.YYYY"},
        "total_amount": {"path": "preis_cents", "transform": "from_minor_units"},
        "guest_last_name": {"path": "gast.name", "transform": "split_last"},
    }
    assert "All required fields have a source." in words(shown)
    assert "Lovelace" in words(shown)
    assert "“OPEN” has no meaning yet" in words(shown)
    shown = press(ian, shown, "map:OPEN:confirmed")
    assert "“OPEN” has no meaning yet" not in words(shown)
    assert ian.post(MAPPING, data={**fields_of(shown), "act": "save"}).status_code == 303


def test_the_tree_hides_what_people_wrote(ian: Browser) -> None:
    tree = soup(press(ian, begin(ian), "list:rows")).select_one("#tree")
    assert tree is not None
    text = tree.get_text(" ", strip=True)
    assert "Lovelace" not in text
    assert "45000" in text
    assert "an amount in cents" in text


def test_the_answer_travels_sealed(ian: Browser) -> None:
    kept = fields_of(press(ian, begin(ian), "list:rows"))["answer"]
    assert kept
    assert "Lovelace" not in kept


@pytest.mark.parametrize("kept", ["", "forged", "gAAAAABforged"])
def test_a_forged_answer_is_no_answer(ian: Browser, kept: str) -> None:
    answer = press(ian, begin(ian), "apply", answer=kept)
    assert answer.status_code == 200
    assert soup(answer).select_one("#tree") is None


def test_the_last_step_is_undone(ian: Browser) -> None:
    before = press(ian, begin(ian), "list:rows")
    after = use(ian, before, "no", "external_id")
    assert mapped(after) == {"external_id": "no"}
    assert [box["name"] for box in soup(after).select("[autofocus]")] == ["as:no"]
    undone = press(ian, after, "undo")
    assert document(undone) == document(before)
    assert soup(undone).select_one('button[value="undo"]') is None


def test_a_choice_that_is_not_offered_changes_nothing(ian: Browser) -> None:
    shown = press(ian, begin(ian), "list:rows")
    for choice in ("", "nothing", "status|eval", "arrival||YY"):
        assert document(use(ian, shown, "st", choice)) == document(shown)
    assert document(press(ian, shown, "use:a..b", **{"as:a..b": "status"})) == document(shown)


def test_what_is_no_json_cannot_be_clicked(ian: Browser) -> None:
    answer = ian.post(MAPPING, data={**fields_of(begin(ian)), "act": "start-answer", "pasted": "<html>"})
    assert answer.status_code == 422
    assert "This is not JSON, or it is too large." in words(answer)


def test_an_answer_is_fetched_before_anything_is_mapped(ian: Browser) -> None:
    recipe = msgspec.json.decode(RECIPE)
    del recipe["streams"]["bookings"]["fields"]["status"]
    recipe["streams"]["bookings"]["select"] = "elsewhere"
    form = fields_of(
        ian.post(MAPPING, data={"act": "start-recipe", "pasted": msgspec.json.encode(recipe).decode()})
    )
    shown = ian.post(MAPPING, data={**form, "act": "sample"})
    shown = press(ian, shown, "list:reservations")
    assert "Still missing: Status." in words(shown)
    assert "Bookings appear here as soon as" in words(shown)
    shown = use(ian, shown, "state", "status")
    assert mapped(shown)["status"] == "state"
    assert "Sample bookings" in words(shown)


def test_a_click_tells_what_changes_against_the_running_version(
    ian: Browser, hub: Runtime, aurora: Aurora
) -> None:
    address = f"/settings/integrations/{aurora.connect(hub).public_id}/mapping"
    shown = ian.post(address, data={**fields_of(ian.get(address)), "act": "sample"})
    assert "The running version reads these bookings in the same way." in words(shown)
    path = "reservationNo"
    changed = press(ian, shown, f"use:{path}", address, **{f"as:{path}": "source"})
    table = next(one for one in soup(changed).select("table") if "What changes for" in one.get_text())
    rows = table.select("tbody tr")
    assert len(rows) == 5
    assert all("Source or channel" in row.get_text() for row in rows)
