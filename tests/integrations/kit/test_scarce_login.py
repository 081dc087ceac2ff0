"""One token for everything: when it is asked for, and when a refusal does not cost another."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.integrations.caches import MemoryLedger
from tests.integrations.conftest import MakeClient
from tests.integrations.vendor import Asked, Reply, Vendor
from webapp.domain.fault import Actor
from webapp.integrations.kit.answer import Call
from webapp.integrations.kit.errors import (
    AnswerTruncated,
    ContractBroken,
    CredentialsRejected,
    PermissionMissing,
    ProviderUnavailable,
    RateLimited,
)
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.scarce_login import ScarceAuth
from webapp.integrations.kit.scarce_tokens import TokenOwner, TokensSpent, TokensUsedElsewhere, Turn
from webapp.vault import Secret

OWNER = TokenOwner("guesty", "cl13nt", Secret("s3cret"), 5, 86_400.0)
ALIVE = {"/me": Reply(body={}), "/rows": Reply(body={"rows": []})}


class Desk:
    """A vendor that gives tokens t1, t2, … and lets calls in by the newest of them only."""

    def __init__(self, vendor: Vendor, client: ProviderClient, clock: FixedClock) -> None:
        self.vendor, self.client, self.clock = vendor, client, clock
        self.ledger = MemoryLedger(clock)
        self.tokens = 0
        self.given: Reply | None = None
        self.answers: Mapping[str, Reply] = ALIVE
        self.dead_status = 403
        vendor.answers_by(self.answer)
        self.renew()

    def renew(self) -> None:
        """Another adapter over the same ledger."""
        self.auth = ScarceAuth(
            OWNER,
            self.ledger,
            login=lambda: Call("POST", f"{self.vendor.url}/token", body=b"", is_safe=False, is_login=True),
            proof=lambda: Call("GET", f"{self.vendor.url}/me"),
            clock=self.clock,
            lifetime=timedelta(hours=24),
        )
        self.client.auth = self.auth

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/token":
            if self.given is not None:
                return self.given
            self.tokens += 1
            return Reply(body={"access_token": f"t{self.tokens}", "expires_in": 86_400})
        if asked.headers.get("authorization") != f"Bearer t{self.tokens}":
            return Reply(self.dead_status)
        return self.answers[asked.path]

    @property
    def mints(self) -> int:
        return sum(path == "/token" for path in self.vendor.paths)


@pytest.fixture
def desk(vendor: Vendor, make_client: MakeClient, clock: FixedClock) -> Desk:
    return Desk(vendor, make_client(vendor.url, tries=1), clock)


def test_every_call_and_every_adapter_uses_one_token(desk: Desk) -> None:
    for _ in range(3):
        desk.renew()
        desk.client.get("rows")
        desk.client.get("me")
    assert desk.mints == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_past_its_time_is_replaced_without_asking_why(desk: Desk, status: int) -> None:
    desk.client.get("rows")
    desk.tokens += 1  # the vendor forgot ours
    desk.dead_status = status
    desk.clock.advance(hours=23, minutes=58)
    desk.renew()
    desk.client.get("rows")
    assert desk.vendor.paths[-3:] == ["/rows", "/token", "/rows"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_died_early_is_proved_dead_before_it_is_replaced(desk: Desk, status: int) -> None:
    desk.client.get("rows")
    desk.tokens += 1
    desk.dead_status = status
    desk.clock.advance(hours=5)
    desk.renew()
    desk.client.get("rows")
    assert desk.vendor.paths[-4:] == ["/rows", "/me", "/token", "/rows"]


@pytest.mark.parametrize("status", [401, 403])
def test_what_the_account_may_not_read_costs_no_token(desk: Desk, status: int) -> None:
    desk.client.get("me")
    desk.clock.advance(hours=5)
    desk.answers = {**ALIVE, "/rows": Reply(status)}
    for _ in range(3):
        desk.renew()
        with pytest.raises(PermissionMissing):
            desk.client.get("rows")
    assert desk.mints == 1


def test_a_young_token_that_is_refused_is_not_followed_by_another(desk: Desk) -> None:
    desk.client.get("rows")
    desk.tokens += 1
    desk.clock.advance(minutes=20)
    for _ in range(3):
        desk.renew()
        with pytest.raises(CredentialsRejected):
            desk.client.get("rows")
    assert desk.mints == 1


def test_one_click_never_asks_for_two_tokens(desk: Desk) -> None:
    """A fresh token that is refused at once stays the only one of this adapter."""
    desk.answers = {"/me": Reply(403), "/rows": Reply(403)}
    for _ in range(3):
        with pytest.raises((CredentialsRejected, PermissionMissing)):
            desk.client.get("rows")
    assert desk.mints == 1


def test_wrong_credentials_are_told_as_such(desk: Desk) -> None:
    for status in (400, 401, 403):
        desk.given = Reply(status, {"error": "invalid_client"})
        desk.ledger.wrong.clear()
        with pytest.raises(CredentialsRejected) as rejected:
            desk.client.get("rows")
        assert rejected.value.detail == f"login: status {status}"


def test_a_refusal_although_few_are_used_points_at_somebody_else(desk: Desk) -> None:
    desk.given = Reply(429, {}, {"Retry-After": "25200"})
    with pytest.raises(TokensUsedElsewhere) as spent:
        desk.client.get("rows")
    fault = spent.value.fault
    assert (fault.code, fault.actor, fault.retry_after) == ("rate_limited", Actor.ADMIN, 25_200)
    assert fault.params == {"allowed": "5", "at": "2026-07-14 17:30 UTC"}
    assert "rotate" in fault.advice
    with pytest.raises(TokensSpent):  # and nobody asks again before that
        desk.client.get("rows")
    assert desk.mints == 1


def test_a_refusal_after_five_of_our_own_is_nobodys_fault(desk: Desk) -> None:
    desk.ledger.requests += [OWNER] * 5
    desk.given = Reply(429)
    with pytest.raises(TokensSpent) as spent:
        desk.client.get("rows")
    assert not isinstance(spent.value, TokensUsedElsewhere)
    assert (spent.value.actor, spent.value.retry_after) == (Actor.NOBODY, 3600)


class Witness(MemoryLedger):
    """Notes what became of turns."""

    outcomes: list[bool]

    def failed(self, turn: Turn, *, may_be_given: bool) -> None:
        self.outcomes.append(may_be_given)


@pytest.mark.parametrize(
    ("reply", "error", "may_be_given"),
    [
        (Reply(503), ProviderUnavailable, False),
        (Reply(body=b'{"access_token": "t'), AnswerTruncated, True),
        (Reply(body={"token": "t1"}), ContractBroken, True),
        (Reply(body={"access_token": ""}), ContractBroken, True),
        (Reply(body=b"<html>", headers={"Content-Type": "text/html"}), ContractBroken, False),
        (Reply(promised=500), AnswerTruncated, True),
    ],
)
def test_a_lost_answer_is_counted_where_a_token_may_be_out(
    desk: Desk, clock: FixedClock, reply: Reply, error: type[Exception], may_be_given: bool
) -> None:
    witness = Witness(clock)
    witness.outcomes = []
    desk.ledger = witness
    desk.renew()
    desk.given = reply
    with pytest.raises(error):
        desk.client.get("rows")
    assert witness.outcomes == [may_be_given]
    assert desk.mints == 1  # a login is sent once


def test_whoever_goes_away_while_a_token_is_asked_for_may_have_used_one(
    desk: Desk, clock: FixedClock
) -> None:
    witness = Witness(clock)
    witness.outcomes = []
    desk.ledger = witness
    desk.renew()
    flow = desk.auth.flow(Call("GET", f"{desk.vendor.url}/rows"), clock())
    assert next(flow).is_login
    flow.close()
    assert witness.outcomes == [True]


def test_an_answer_without_a_token_says_what_is_missing(desk: Desk) -> None:
    desk.given = Reply(body={"access_token": ""})
    with pytest.raises(ContractBroken) as broken:
        desk.client.get("rows")
    assert str(broken.value.params["where"]) == "login: access_token"


def test_a_renewal_fetches_and_proves_a_token_while_one_is_alive(desk: Desk) -> None:
    desk.client.get("rows")
    desk.clock.advance(hours=23, minutes=30)
    lasting = desk.clock() + timedelta(minutes=45)
    for _ in range(2):
        desk.renew()
        desk.client.auth = desk.auth.renewing(lasting)
        desk.client.get("me")
    assert desk.vendor.paths == ["/token", "/rows", "/token", "/me", "/me"]


def test_too_many_calls_are_not_taken_for_too_many_tokens(desk: Desk) -> None:
    desk.answers = {**ALIVE, "/rows": Reply(429, {}, {"Retry-After": "3"})}
    with pytest.raises(RateLimited) as limited:
        desk.client.get("rows")
    assert not isinstance(limited.value, TokensSpent)


def test_the_token_and_the_key_show_nowhere(desk: Desk, calls: list[Any]) -> None:
    desk.client.get("rows")
    texts: list[Callable[[], str]] = [desk.auth.__repr__, desk.client.__repr__, lambda: repr(calls)]
    said = " ".join(text() for text in texts)
    assert not any(word in said for word in ("s3cret", "t1", "cl13nt"))
