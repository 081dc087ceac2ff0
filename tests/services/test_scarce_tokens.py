"""The ledger of tokens of which a provider gives five a day."""

import threading
from datetime import timedelta

import pytest

from tests.conftest import FixedClock
from webapp.integrations.kit.errors import CredentialsRejected, ProviderUnavailable
from webapp.integrations.kit.scarce_tokens import (
    LastTokenKept,
    LiveToken,
    TokenBudget,
    TokenOwner,
    TokensSpent,
    Turn,
)
from webapp.models import SharedToken
from webapp.runtime import Runtime
from webapp.services import scarce_tokens
from webapp.services.scarce_tokens import StoredLedger
from webapp.vault import Secret

DAY = 86_400.0
OWNER = TokenOwner("guesty", "client-of-aurora", Secret("s3cret-of-aurora"), 5, DAY)
LIFE = timedelta(hours=24)


def turn(ledger: StoredLedger, owner: TokenOwner = OWNER, *, dead: Secret | None = None) -> Turn:
    found = ledger.take(owner, dead=dead)
    assert isinstance(found, Turn)
    return found


def mint(ledger: StoredLedger, clock: FixedClock, word: str, *, dead: str = "", hours: float = 24) -> None:
    """A token, asked for and given."""
    asked = turn(ledger, dead=Secret(dead) if dead else None)
    ledger.given(asked, Secret(word), clock() + timedelta(hours=hours))


def test_a_token_is_asked_for_once_and_then_shared(either_hub: Runtime, clock: FixedClock) -> None:
    ledger = StoredLedger(either_hub)
    assert ledger.present(OWNER) is None
    mint(ledger, clock, "first")
    for other in (ledger, StoredLedger(either_hub)):
        held = other.take(OWNER)
        assert isinstance(held, LiveToken)
        assert held == other.present(OWNER)
        assert held.value == Secret("first")
    assert ledger.budget(OWNER).used == 1


def test_of_eight_that_want_one_together_one_asks(either_hub: Runtime, clock: FixedClock) -> None:
    start = threading.Barrier(8)
    asked: list[Turn] = []
    held: list[LiveToken] = []

    def want() -> None:
        ledger = StoredLedger(either_hub)
        start.wait()
        found = ledger.take(OWNER)
        if isinstance(found, Turn):
            asked.append(found)
            found = ledger.given(found, Secret("shared"), clock() + LIFE)
        held.append(found)

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1
    assert [one.value for one in held] == [Secret("shared")] * 8
    assert StoredLedger(either_hub).budget(OWNER).used == 1


def test_four_a_day_are_used_freely_and_the_last_only_when_none_is_alive(
    hub: Runtime, clock: FixedClock
) -> None:
    ledger = StoredLedger(hub)
    began = clock()
    for number in range(4):
        mint(ledger, clock, f"t{number}", dead=f"t{number - 1}")
        clock.advance(minutes=10)
    with pytest.raises(LastTokenKept) as kept:
        ledger.take(OWNER, lasting=clock() + timedelta(days=2))
    assert kept.value.retry_after == (began + timedelta(days=1) - clock()).total_seconds()
    mint(ledger, clock, "t4", dead="t3")
    assert ledger.budget(OWNER) == TokenBudget(5, 5, began + timedelta(days=1))


def test_a_sixth_is_never_asked_for_before_the_first_is_given_back(hub: Runtime, clock: FixedClock) -> None:
    ledger = StoredLedger(hub)
    began = clock()
    for number in range(5):
        mint(ledger, clock, f"t{number}", dead=f"t{number - 1}")
        clock.advance(minutes=30)
    with pytest.raises(TokensSpent) as spent:
        ledger.take(OWNER, dead=Secret("t4"))
    assert spent.value.retry_after == (began + timedelta(days=1) - clock()).total_seconds()
    assert spent.value.fault.params == {"allowed": "5", "at": "2026-07-15 10:30 UTC"}
    assert ledger.budget(OWNER).left == 0
    clock.now = began + timedelta(days=1, seconds=1)
    assert ledger.budget(OWNER).left == 1
    turn(ledger)


def test_a_new_secret_shares_the_count_but_not_the_token(hub: Runtime, clock: FixedClock) -> None:
    ledger = StoredLedger(hub)
    mint(ledger, clock, "old")
    renewed = TokenOwner("guesty", OWNER.client_id, Secret("an0ther"), 5, DAY)
    assert ledger.present(renewed) is None
    assert ledger.budget(renewed).used == 1
    ledger.given(turn(ledger, renewed), Secret("new"), clock() + LIFE)
    held = ledger.present(OWNER)
    assert held is not None
    assert held.value == Secret("old")
    stranger = TokenOwner("guesty", "another-client", OWNER.secret, 5, DAY)
    assert (ledger.budget(stranger).used, ledger.present(stranger)) == (0, None)


def test_a_mistyped_secret_never_costs_a_working_connection_its_last_token(
    hub: Runtime, clock: FixedClock
) -> None:
    ledger = StoredLedger(hub)
    for number in range(4):
        mint(ledger, clock, f"t{number}", dead=f"t{number - 1}")
    with pytest.raises(LastTokenKept):
        ledger.take(TokenOwner("guesty", OWNER.client_id, Secret("typ0"), 5, DAY))


def test_a_refused_secret_is_not_counted_and_not_tried_again_for_a_minute(
    hub: Runtime, clock: FixedClock
) -> None:
    ledger = StoredLedger(hub)
    ledger.refused(turn(ledger))
    assert ledger.budget(OWNER).used == 0
    with pytest.raises(CredentialsRejected):
        ledger.take(OWNER)
    turn(ledger, TokenOwner("guesty", OWNER.client_id, Secret("the right one"), 5, DAY))
    clock.advance(minutes=2)
    turn(ledger)


def test_what_the_provider_says_holds_for_everybody(hub: Runtime, clock: FixedClock) -> None:
    until = clock() + timedelta(hours=7)
    ledger = StoredLedger(hub)
    ledger.spent(turn(ledger), until)
    with pytest.raises(TokensSpent) as spent:
        StoredLedger(hub).take(OWNER)
    assert spent.value.retry_after == 7 * 3600
    assert ledger.budget(OWNER) == TokenBudget(5, 0, until, until)
    assert ledger.budget(OWNER).left == 0
    clock.now = until
    turn(ledger)


def test_a_request_without_an_answer_is_counted_only_where_a_token_may_be_out(
    hub: Runtime, clock: FixedClock
) -> None:
    ledger = StoredLedger(hub)
    ledger.failed(turn(ledger), may_be_given=False)
    assert ledger.budget(OWNER).used == 0
    for _ in range(6):  # a bad line must not lock the hotel out of what the provider would still give
        ledger.failed(turn(ledger), may_be_given=True)
    assert ledger.budget(OWNER).used == 6
    turn(ledger)


def test_a_process_that_died_while_asking_holds_up_nobody_for_long(
    hub: Runtime, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scarce_tokens, "PATIENCE", 0.2)
    ledger = StoredLedger(hub)
    turn(ledger)
    with pytest.raises(ProviderUnavailable):
        ledger.take(OWNER)
    clock.advance(seconds=91)
    mint(ledger, clock, "after")
    assert ledger.budget(OWNER).used == 2


def test_a_renewal_replaces_the_token_and_is_not_made_twice(hub: Runtime, clock: FixedClock) -> None:
    ledger = StoredLedger(hub)
    mint(ledger, clock, "morning")
    clock.advance(hours=23, minutes=20)
    lasting = clock() + timedelta(minutes=45)
    asked = ledger.take(OWNER, lasting=lasting)
    assert isinstance(asked, Turn)
    ledger.given(asked, Secret("evening"), clock() + LIFE)
    again = ledger.take(OWNER, lasting=lasting)
    assert isinstance(again, LiveToken)
    assert again.value == Secret("evening")


def test_a_dead_token_is_gone_for_everybody_even_when_no_new_one_comes(
    hub: Runtime, clock: FixedClock
) -> None:
    ledger = StoredLedger(hub)
    mint(ledger, clock, "dead")
    ledger.failed(turn(ledger, dead=Secret("dead")), may_be_given=False)
    assert ledger.present(OWNER) is None


def test_a_token_about_to_end_is_none(hub: Runtime, clock: FixedClock) -> None:
    ledger = StoredLedger(hub)
    mint(ledger, clock, "short", hours=1)
    clock.advance(minutes=59, seconds=1)
    assert ledger.present(OWNER) is None
    turn(ledger)


def test_neither_token_nor_key_can_be_read_from_the_database(hub: Runtime, clock: FixedClock) -> None:
    mint(StoredLedger(hub), clock, "t0ken-in-plain")
    with hub.reading() as session:
        row = session.query(SharedToken).one()
    stored = " ".join(map(str, (row.digest, row.client, row.sealed)))
    assert not any(word in stored for word in ("t0ken-in-plain", "client-of-aurora", "s3cret-of-aurora"))
    assert "s3cret" not in repr(OWNER)
    assert "client-of-aurora" not in repr(OWNER)
