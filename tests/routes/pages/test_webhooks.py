"""The webhook tab of a connection: the address to copy, a new one, the last calls and their replay."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.cast import BEN, IAN, Browser, Character, Statements
from tests.hook_stage import HookStage, event, hooked_provider, signature
from tests.sync_stage import Stage, booking
from webapp.runtime import Runtime
from webapp.services import hit_addresses

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider", "memory_provider")
ClientOf = Callable[[Character | None], Browser]
CountQueries = Callable[[Runtime], AbstractContextManager[Statements]]


@pytest.fixture
def stage(hub: Runtime) -> HookStage:
    stage = HookStage(hub)
    stage.answers(booking())
    return stage


@pytest.fixture
def ian(client_of: ClientOf) -> Browser:
    return client_of(IAN)


def address_of(stage: Stage) -> str:
    return f"/settings/integrations/{stage.row().public_id}/webhooks"


def test_the_addresses_are_there_to_copy(stage: HookStage, ian: Browser) -> None:
    page = ian.get(address_of(stage)).text
    assert f"http://localhost{stage.path}" in page
    assert 'id="webhook-shared-url"' in page
    assert ">http://localhost/api/integrations/pms/webhook<" in page
    assert "may not be reachable from outside" in page
    assert "No call yet" in page


def test_the_tab_is_also_a_partial(stage: HookStage, ian: Browser) -> None:
    answer = ian.get(address_of(stage), hx=True)
    assert answer.text.lstrip().startswith('<div id="connections-webhooks"')


def test_each_call_tells_what_became_of_it(stage: HookStage, ian: Browser) -> None:
    stage.call(event(number="R1"))
    stage.process()
    stage.call(event("roomblock.created", ""))
    stage.process()
    stage.reception.take(stage.hit(b"no json"), token=stage.token)
    stage.process()
    page = ian.get(address_of(stage)).text
    for words in (
        "1 booking changed",
        "It is about nothing that this hub keeps.",
        "Given up",
        "Came to the secret address",
    ):
        assert words in page


def test_a_rejected_call_is_shown_with_its_reason(hub: Runtime, ian: Browser) -> None:
    stage = HookStage(hub, signs=True)
    stage.reception.take(stage.hit(b"{}", signature(b"other")), token=stage.token)
    page = ian.get(address_of(stage)).text
    assert "the signature does not match" in page
    assert "/replay" not in page


def test_a_call_can_be_replayed(stage: HookStage, ian: Browser) -> None:
    stage.call(event())
    stage.process()
    hit = stage.hits()[0].public_id
    answer = ian.post(f"{address_of(stage)}/{hit}/replay", hx=True)
    assert "The call is applied once more." in answer.text
    assert stage.states() == ["waiting"]
    assert ian.post(f"{address_of(stage)}/{hit}/replay").status_code == 409
    assert ian.post(f"{address_of(stage)}/hi_none/replay").status_code == 404


def test_a_call_of_another_connection_is_not_found_here(stage: HookStage, ian: Browser) -> None:
    other = HookStage(stage.hub, name="Other", account="H2")
    other.call(event())
    other.process()
    assert ian.post(f"{address_of(stage)}/{other.hits()[0].public_id}/replay").status_code == 404


def test_a_new_address_leaves_the_old_one_for_two_weeks(stage: HookStage, ian: Browser) -> None:
    answer = ian.post(f"{address_of(stage)}/rotate", hx=True)
    assert "The old one works for 14 more days." in answer.text
    assert stage.path not in answer.text
    assert "End the old address now" in answer.text
    answer = ian.post(f"{address_of(stage)}/end-old")
    assert answer.location == address_of(stage)
    assert "End the old address now" not in ian.get(address_of(stage)).text


def test_a_connection_without_an_address_gets_one(stage: HookStage, ian: Browser) -> None:
    with stage.hub.writing() as session:
        for row in session.query(hit_addresses.WebhookAddress):
            session.delete(row)
    assert "Make the address" in ian.get(address_of(stage)).text
    answer = ian.post(f"{address_of(stage)}/address", hx=True)
    assert "http://localhost/api/integrations/pms/webhook/" in answer.text


def test_a_provider_that_does_not_call_says_so(hub: Runtime, ian: Browser) -> None:
    silent = Stage(hub)
    assert "This provider does not call the hub" in ian.get(address_of(silent)).text
    assert ian.post(f"{address_of(silent)}/rotate").status_code == 404


def test_the_front_desk_does_not_see_the_address(stage: HookStage, client_of: ClientOf) -> None:
    assert client_of(BEN).get(address_of(stage)).status_code == 403


def test_the_page_costs_few_queries(stage: HookStage, ian: Browser, count_queries: CountQueries) -> None:
    for _ in range(15):
        stage.call(event())
    stage.process()
    with count_queries(stage.hub) as statements:
        ian.get(address_of(stage))
    assert len(statements) < 25
