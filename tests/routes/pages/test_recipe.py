"""The recipe editor: rows, JSON, sample and export, in the wizard and for a stored connection."""

from collections.abc import Callable, Iterator

import msgspec
import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.cast import IAN, Browser, Character
from tests.connected import RECIPE, Aurora, aurora_pms
from webapp.models import Connection
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]
STEP = "/settings/integrations/new/custom_rest"
MAPPING = f"{STEP}/mapping"
SAMPLE = (
    '{"data": [{"id": 7, "state": "OPEN", "arrival": "2026-07-14", "departure": "2026-07-16", "total": 90}]}'
)


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


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def words(answer: TestResponse) -> str:
    return " ".join(soup(answer).get_text(" ", strip=True).split())


def fields_of(answer: TestResponse) -> dict[str, str]:
    """What the form on the page would post, without its buttons and files."""
    form = soup(answer).select_one("#recipe-form")
    assert form is not None
    found = {
        str(box["name"]): str(box.get("value", "")) for box in form.select("input[name]:not([type=file])")
    }
    found |= {str(area["name"]): area.get_text().removeprefix("\n") for area in form.select("textarea[name]")}
    for choice in form.select("select[name]"):
        chosen = choice.select_one("option[selected]") or choice.select_one("option")
        found[str(choice["name"])] = str(chosen["value"]) if chosen else ""
    return found


def document(answer: TestResponse) -> dict[str, object]:
    decoded: dict[str, object] = msgspec.json.decode(fields_of(answer)["document"])
    return decoded


def use(browser: Browser, recipe: str, address: str = MAPPING) -> TestResponse:
    return browser.post(address, data={"act": "start-recipe", "pasted": recipe}, hx=True)


def test_the_editor_begins_with_a_blank_recipe_and_its_required_fields(ian: Browser) -> None:
    page = ian.get(MAPPING)
    fields = fields_of(page)
    assert (fields["path"], fields["select"]) == ("/reservations", "data")
    assert {"source-external_id", "source-status", "source-arrival", "source-departure"} <= set(fields)


def test_a_pasted_answer_becomes_a_proposal(ian: Browser) -> None:
    answer = ian.post(MAPPING, data={"act": "start-sample", "pasted": SAMPLE}, hx=True)
    assert answer.status_code == 200
    assert fields_of(answer)["source-status"] == "state"
    assert fields_of(answer)["word-0"] == "OPEN"


@pytest.mark.parametrize(
    ("act", "pasted", "sentence"),
    [
        ("start-sample", "no json", "This is not JSON."),
        ("start-sample", '{"a": 1}', "There is no list of records in it."),
        ("start-recipe", "[1]", "a JSON object was expected"),
        ("start-recipe", "", "a JSON object was expected"),
    ],
)
def test_what_cannot_be_used_is_told_and_the_recipe_stays(
    ian: Browser, act: str, pasted: str, sentence: str
) -> None:
    before = fields_of(ian.get(MAPPING))
    answer = ian.post(MAPPING, data={**before, "act": act, "pasted": pasted}, hx=True)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#connections-recipe")
    assert sentence in words(answer)
    assert fields_of(answer)["document"].strip() == before["document"].strip()


def test_rows_are_written_into_the_document(ian: Browser) -> None:
    form = fields_of(use(ian, RECIPE))
    form |= {
        "path": "/elsewhere",
        "source-notes": "",
        "source-source": "channel, origin",
        "source-currency": "=EUR",
        "transform-source": "upper",
        "word-0": "SURE",
        "target-0": "confirmed",
    }
    changed = document(ian.post(MAPPING, data={**form, "act": "apply"}, hx=True))
    bookings = changed["streams"]["bookings"]  # type: ignore[index]
    assert bookings["path"] == "/elsewhere"
    assert "notes" not in bookings["fields"]
    assert bookings["fields"]["source"] == {"paths": ["channel", "origin"], "transform": "upper"}
    assert bookings["fields"]["currency"] == {"const": "EUR"}
    assert bookings["status_map"]["SURE"] == "confirmed"
    assert "DEF" not in bookings["status_map"]
    assert bookings["stays"]["select"] == "stays"  # what has no row is left alone


def test_untouched_rows_change_nothing(ian: Browser) -> None:
    shown = use(ian, RECIPE)
    again = ian.post(MAPPING, data={**fields_of(shown), "act": "apply"}, hx=True)
    assert document(again) == msgspec.json.decode(RECIPE)


def test_edited_json_goes_before_the_rows(ian: Browser) -> None:
    form = fields_of(use(ian, RECIPE))
    form["document"] = form["document"].replace(
        '"/properties/{{property_id}}/reservations"', '"/json-wins"', 1
    )
    form["path"] = "/rows-lose"
    answer = ian.post(MAPPING, data={**form, "act": "apply"}, hx=True)
    assert fields_of(answer)["path"] == "/json-wins"


def test_a_field_is_added_as_a_row(ian: Browser) -> None:
    form = fields_of(ian.get(MAPPING))
    answer = ian.post(MAPPING, data={**form, "act": "add-field", "added_field": "notes"}, hx=True)
    assert "source-notes" in fields_of(answer)


def test_mistakes_in_the_json_name_their_place_and_are_not_saved(ian: Browser, hub: Runtime) -> None:
    broken = RECIPE.replace('"external_id": "reservationNo",', '"external_idd": "reservationNo",')
    form = fields_of(use(ian, broken))
    answer = ian.post(MAPPING, data={**form, "act": "save"}, hx=True)
    assert answer.status_code == 422
    assert "streams.bookings.fields.external_idd" in words(answer)
    assert "streams.bookings.fields.external_id" in words(answer)


def test_what_is_no_json_keeps_its_text(ian: Browser) -> None:
    answer = ian.post(MAPPING, data={"act": "save", "shown": "x", "document": '{"version": 1,'}, hx=True)
    assert answer.status_code == 422
    assert "This is not JSON" in words(answer)
    assert fields_of(answer)["document"] == '{"version": 1,'
    assert soup(answer).select_one("#path") is None


def test_the_sample_shows_bookings_as_they_would_be_imported(ian: Browser, aurora: Aurora) -> None:
    form = fields_of(use(ian, RECIPE))
    answer = ian.post(MAPPING, data={**form, "act": "sample"}, hx=True)
    rows = [row for row in soup(answer).select("table") if "Sample bookings" in row.get_text()]
    assert len(rows[0].select("tbody tr")) == 5
    assert soup(answer).select_one("pre.raw") is not None
    assert aurora.key not in answer.text


def test_a_word_without_a_meaning_is_mapped_with_one_click(ian: Browser) -> None:
    without = msgspec.json.decode(RECIPE)
    words_before = dict(without["streams"]["bookings"]["status_map"])
    without["streams"]["bookings"]["status_map"] = {}
    form = fields_of(use(ian, msgspec.json.encode(without).decode()))
    shown = ian.post(MAPPING, data={**form, "act": "sample"}, hx=True)
    buttons = {str(button["value"]) for button in soup(shown).select('button[value^="map:"]')}
    word = next(iter(sorted(buttons))).split(":")[1]
    assert word in words_before
    assert f"“{word}” has no meaning yet" in words(shown)
    mapped = ian.post(MAPPING, data={**fields_of(shown), "act": f"map:{word}:confirmed"}, hx=True)
    assert document(mapped)["streams"]["bookings"]["status_map"] == {word: "confirmed"}  # type: ignore[index]
    assert f"“{word}” has no meaning yet" not in words(mapped)
    assert soup(mapped).select_one("pre.raw") is not None  # the sample follows


def test_a_provider_that_fails_is_told_in_the_sample(ian: Browser, aurora: Aurora) -> None:
    form = fields_of(use(ian, RECIPE))
    aurora.fault("unavailable")
    answer = ian.post(MAPPING, data={**form, "act": "sample"}, hx=True)
    assert answer.status_code == 200
    assert "has a problem of its own" in words(answer)


def test_a_recipe_is_exported_without_secrets(ian: Browser, aurora: Aurora) -> None:
    use(ian, RECIPE)
    file = ian.get(f"{MAPPING}/recipe.json")
    assert file.mimetype == "application/json"
    assert "attachment" in file.headers["Content-Disposition"]
    assert msgspec.json.decode(file.data) == msgspec.json.decode(RECIPE)
    assert aurora.key not in file.text


def test_everything_works_as_a_whole_page(ian: Browser) -> None:
    page = ian.post(MAPPING, data={"act": "start-recipe", "pasted": RECIPE})
    assert (page.status_code, "<html" in page.text) == (200, True)
    saved = ian.post(MAPPING, data={**fields_of(page), "act": "save"})
    assert (saved.status_code, saved.location) == (303, f"{STEP}/sync")


def test_a_stored_mapping_is_edited_and_gets_a_new_version(
    client_of: ClientOf, hub: Runtime, aurora: Aurora
) -> None:
    made = aurora.connect(hub)
    browser, address = client_of(IAN), f"/settings/integrations/{made.public_id}/mapping"
    form = fields_of(browser.get(address))
    untouched = browser.post(address, data={**form, "act": "save"})
    assert untouched.location == address
    changed = browser.post(address, data={**form, "source-notes": "", "act": "save"}, hx=True)
    assert changed.headers["HX-Redirect"] == address
    with hub.reading() as session:
        row = session.scalars(select(Connection)).one()
    assert "notes" not in msgspec.json.decode(row.options["recipe"])["streams"]["bookings"]["fields"]
    assert row.mapping_version == 2


def test_a_look_at_a_stored_mapping_saves_nothing(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    browser, address = client_of(IAN), f"/settings/integrations/{made.public_id}/mapping"
    form = fields_of(browser.get(address))
    looked = browser.post(address, data={**form, "source-notes": "", "act": "sample"}, hx=True)
    assert soup(looked).select_one("pre.raw") is not None
    with hub.reading() as session:
        assert session.scalars(select(Connection.options)).one()["recipe"] == RECIPE.strip()
