"""The repair card on the pages: shown once to those who can act, tried in place, and never with a secret in it."""

from collections.abc import Callable, Iterator

import pytest
from bs4 import BeautifulSoup, Tag

from tests.cast import BEN, IAN, Browser, Character
from tests.connected import WRONG_KEY, Aurora, aurora_pms
from webapp.runtime import Runtime
from webapp.services import syncing
from webapp.vault import Secret

ClientOf = Callable[[Character | None], Browser]


@pytest.fixture(scope="module")
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


@pytest.fixture
def refused(hub: Runtime, aurora: Aurora) -> str:
    card = aurora.connect(hub, secrets={"api_key": Secret(WRONG_KEY)}, streams=("bookings",))
    syncing.sync_once(hub, card.id)
    return card.public_id


def soup_of(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def text_of(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


def test_one_card_stands_on_each_of_three_pages(client_of: ClientOf, refused: str) -> None:
    ian = client_of(IAN)
    for address in ("/", "/settings/integrations", "/integrations/health"):
        cards = soup_of(ian.get(address).text).select(".repair")
        assert len(cards) == 1, address
        assert "Aurora PMS needs you" in text_of(cards[0])
        assert cards[0].select_one("input[type=password][name=secret]")
        assert cards[0].find_parent(attrs={"hx-trigger": True}) is None  # a poll must not eat what is typed


def test_who_cannot_act_is_not_asked(client_of: ClientOf, refused: str) -> None:
    for address in ("/", "/integrations/health"):
        assert not soup_of(client_of(BEN).get(address).text).select(".repair")


def test_without_trouble_there_is_no_card(client_of: ClientOf, hub: Runtime, aurora: Aurora) -> None:
    aurora.connect(hub)
    assert not soup_of(client_of(IAN).get("/").text).select(".repair")


def test_a_wrong_key_comes_back_with_words_and_empty(client_of: ClientOf, refused: str) -> None:
    ian = client_of(IAN)
    address = f"/settings/integrations/{refused}/repair"
    answer = ian.post(address, data={"secret": "another-wrong-key-1111"}, hx=True)
    assert answer.status_code == 422
    field = soup_of(answer.text).select_one("input[name=secret]")
    assert field is not None
    assert field["aria-invalid"] == "true"
    assert field.get("value") is None
    assert "another-wrong-key-1111" not in answer.text
    whole = ian.post(address, data={"secret": "another-wrong-key-1111"})
    assert whole.status_code == 422
    assert soup_of(whole.text).select_one("main .repair .field-errors")


def test_the_right_key_is_tested_kept_and_confirmed(
    client_of: ClientOf, refused: str, aurora: Aurora
) -> None:
    ian = client_of(IAN)
    answer = ian.post(f"/settings/integrations/{refused}/repair", data={"secret": aurora.key}, hx=True)
    assert answer.status_code == 200
    assert "Aurora PMS works again." in text_of(soup_of(answer.text))
    assert aurora.key not in answer.text
    assert not soup_of(ian.get("/").text).select(".repair")


def test_without_scripts_the_way_leads_to_health(client_of: ClientOf, refused: str, aurora: Aurora) -> None:
    ian = client_of(IAN)
    answer = ian.post(f"/settings/integrations/{refused}/repair", data={"secret": aurora.key})
    assert (answer.status_code, answer.location) == (303, "/integrations/health")
    assert "works again" in text_of(soup_of(ian.get("/integrations/health").text))


def test_an_unknown_connection_is_not_found(client_of: ClientOf) -> None:
    assert (
        client_of(IAN).post("/settings/integrations/cn_none/repair", data={"secret": "x"}).status_code == 404
    )
