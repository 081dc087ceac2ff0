"""What adapters complain about reaches the reader in his own language, however long ago it was stored."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from tests.cast import IAN, Browser, Character
from tests.connected import RECIPE, Aurora, aurora_pms
from tests.routes.conftest import InGerman
from webapp.runtime import Runtime
from webapp.services.syncing import sync_once

ClientOf = Callable[[Character | None], Browser]
LIST = "/settings/integrations"
GERMAN = {"Accept-Language": "de"}


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


def recipe(**fields: str) -> str:
    document: Any = msgspec.json.decode(RECIPE)
    document["streams"]["bookings"]["fields"] |= fields
    return msgspec.json.encode(document).decode()


def words(answer: TestResponse) -> str:
    return " ".join(BeautifulSoup(answer.text, "html.parser").get_text(" ", strip=True).split())


def last_run(browser: Browser, address: str) -> str:
    runs = BeautifulSoup(browser.get(f"{address}/runs").text, "html.parser")
    link = runs.select_one("tbody tr a")
    assert link is not None
    return words(browser.get(str(link["href"]), headers=GERMAN))


def test_a_problem_of_the_recipe_is_told_in_german(
    client_of: ClientOf, aurora: Aurora, in_german: InGerman
) -> None:
    in_german(
        {
            "“%(path)s” is not a path; guest.name is one.": "„%(path)s“ ist kein Pfad, guest.name ist einer.",
            "There is no list of records in it. Paste the answer that lists bookings.": "Darin ist keine Liste.",
            "There is no field “%(name)s” here.": "Ein Feld „%(name)s“ gibt es hier nicht.",
        }
    )
    ian = client_of(IAN)
    form = {name: value for name, value in aurora.options.items() if name != "recipe"}
    ian.post(f"{LIST}/new/custom_rest/credentials", data={**form, "api_key": aurora.key})
    editor = f"{LIST}/new/custom_rest/mapping"

    def told(act: str, pasted: str) -> str:
        return words(ian.post(editor, data={"act": act, "pasted": pasted}, headers=GERMAN, hx=True))

    assert "„a..<b>“ ist kein Pfad, guest.name ist einer." in told("start-recipe", recipe(notes="a..<b>"))
    assert "Ein Feld „colour“ gibt es hier nicht." in told("start-recipe", '{"version": 1, "colour": 1}')
    assert "Darin ist keine Liste." in told("start-sample", "{}")


def test_the_reason_of_a_skipped_record_is_told_in_german(
    client_of: ClientOf, hub: Runtime, aurora: Aurora, in_german: InGerman
) -> None:
    in_german({"%(field)s is not a date or time": "%(field)s ist kein Zeitpunkt"})
    # Only groups have a code there, and a code is no time: a few bookings are skipped, the others come.
    odd = aurora.options | {"recipe": recipe(created_at="groupCode")}
    made = aurora.connect(hub, options=odd, streams=("bookings",))
    sync_once(hub, made.id, trigger="command")
    ian = client_of(IAN)
    address = f"{LIST}/{made.public_id}"
    assert "records could not be read: created_at ist kein Zeitpunkt (20" in last_run(ian, address)


def test_the_reason_inside_the_fault_of_a_stored_run_is_told_in_german(
    client_of: ClientOf, hub: Runtime, aurora: Aurora, in_german: InGerman
) -> None:
    odd = aurora.options | {"recipe": recipe(updated_at="state")}
    made = aurora.connect(hub, options=odd, streams=("bookings",))
    sync_once(hub, made.id, trigger="command")
    in_german(
        {
            "The recipe does not fit at “%(where)s”: %(problem)s": "Das Rezept passt bei „%(where)s“ nicht: %(problem)s",
            "No record can be read: %(reason)s.": "Nichts ist lesbar: %(reason)s.",
            "%(field)s is not a date or time": "%(field)s ist kein Zeitpunkt",
        }
    )
    said = "Das Rezept passt bei „streams.bookings.fields“ nicht: Nichts ist lesbar: updated_at ist kein Zeitpunkt."
    assert said in last_run(client_of(IAN), f"{LIST}/{made.public_id}")
