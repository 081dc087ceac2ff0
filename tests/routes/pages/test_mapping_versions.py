"""Versions of a mapping on their pages: the list, a comparison, the way back, and what saving will do."""

from collections.abc import Callable, Iterator

import pytest

from tests.cast import IAN, Browser, Character
from tests.connected import RECIPE, Aurora, aurora_pms
from tests.routes.pages.test_recipe import fields_of, soup, words
from webapp.models import Connection
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


@pytest.fixture
def ian(client_of: ClientOf) -> Browser:
    return client_of(IAN)


@pytest.fixture
def mapping(hub: Runtime, aurora: Aurora) -> str:
    """The address of a stored connection's mapping."""
    return f"/settings/integrations/{aurora.connect(hub).public_id}/mapping"


def save_without_notes(browser: Browser, mapping: str, note: str = "") -> None:
    form = fields_of(browser.get(mapping))
    saved = browser.post(mapping, data={**form, "source-notes": "", "note": note, "act": "save"})
    assert saved.status_code == 303


def test_saved_mappings_are_listed_with_who_and_what(ian: Browser, mapping: str) -> None:
    save_without_notes(ian, mapping, "guests write private things")
    page = ian.get(f"{mapping}/versions")
    rows = [" ".join(row.get_text(" ", strip=True).split()) for row in soup(page).select("tbody tr")]
    assert len(rows) == 2
    assert rows[0].startswith("2 running")
    assert IAN.email in rows[0]
    assert "guests write private things" in rows[0]
    assert "Notes: left out" in rows[0]
    assert "The first mapping." in rows[1]


def test_two_versions_are_compared_and_the_cost_is_told(ian: Browser, mapping: str) -> None:
    save_without_notes(ian, mapping)
    page = ian.get(f"{mapping}/versions/compare?older=1")
    assert "Version 2 against version 1" in words(page)
    assert "Notes: left out" in words(page)
    assert "The next run will re-read 0 bookings, about" in words(page)
    assert "Restore version 1" in words(page)
    same = ian.get(f"{mapping}/versions/compare?older=1&newer=1")
    assert "Both say the same." in words(same)
    assert "Restore version" not in words(same)


def test_an_older_version_is_brought_back(ian: Browser, mapping: str, hub: Runtime) -> None:
    save_without_notes(ian, mapping)
    answer = ian.post(f"{mapping}/versions/1/restore", data={"note": "they are wanted"})
    assert answer.location == f"{mapping}/versions"
    page = words(ian.get(f"{mapping}/versions"))
    assert "Version 1 came back." in page
    assert "they are wanted" in page
    with hub.reading() as session:
        assert session.query(Connection).one().options["recipe"] == RECIPE.strip()


def test_versions_that_are_not_there_are_not_found(ian: Browser, mapping: str) -> None:
    assert ian.get(f"{mapping}/versions/compare?older=9").status_code == 404
    assert ian.post(f"{mapping}/versions/9/restore").status_code == 404


def test_the_editor_says_what_saving_will_do(ian: Browser, mapping: str) -> None:
    shown = ian.get(mapping)
    assert "Version 1 is running." in words(shown)
    assert soup(shown).select_one(f'#saving a[href="{mapping}/versions"]') is not None
    assert "Nothing is changed yet." in words(shown)
    form = fields_of(shown)
    changed = ian.post(mapping, data={**form, "word-0": "SURE", "note": "why", "act": "apply"}, hx=True)
    assert "“SURE” means" in words(changed)
    assert fields_of(changed)["note"] == "why"
    assert "The next run will re-read" in words(changed)


def test_a_recipe_with_a_secret_in_it_is_refused_in_words(ian: Browser, mapping: str, aurora: Aurora) -> None:
    form = fields_of(ian.get(mapping))
    form["document"] = form["document"].replace(
        '"version": 1,', f'"version": 1, "headers": {{"X-Twice": "{aurora.key}"}},', 1
    )
    answer = ian.post(mapping, data={**form, "act": "save"}, hx=True)
    assert answer.status_code == 422
    assert "The recipe holds the value of “API Key”." in words(answer)
