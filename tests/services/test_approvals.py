"""Approvals: bound to a person, a browser session and ten minutes, exchanged once, and stored where they belong."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from tests.approval_stage import PROVIDER, PartnerApp, partner_app
from tests.cast import ADA, IAN, public_id_of
from tests.conftest import FixedClock
from webapp.integrations.kit.approval import NotApproved
from webapp.models import Approval, Connection, LogEntry
from webapp.runtime import Runtime
from webapp.services import approval_answers, approvals, connections, drafts, sync_requests, syncing
from webapp.services.adapters import credentials_of
from webapp.services.approvals import NoSuchApproval, View, Visit
from webapp.services.connection_entry import ConnectionInvalid
from webapp.services.drafts import Changes
from webapp.vault import Secret

BACK = "https://hub.example/settings/integrations/approval/return"


@pytest.fixture
def vendor() -> Iterator[PartnerApp]:
    with partner_app() as running:
        running.register(BACK)
        yield running


@pytest.fixture
def ian(hub: Runtime) -> Visit:
    return Visit(user=public_id_of(hub, IAN), browser="a browser session", actor=IAN.email)


@pytest.fixture
def draft(hub: Runtime, vendor: PartnerApp, ian: Visit) -> str:
    """An approval of a filled draft, on its way."""
    changes = Changes(options=vendor.options, secrets={"api_secret": vendor.app_secret})
    drafts.save(hub, ian.user, PROVIDER, changes)
    return approvals.begin_draft(hub, ian, PROVIDER, BACK)


def page_of(hub: Runtime, visit: Visit, approval: str) -> str:
    url = approvals.view(hub, visit, approval).url
    assert url is not None
    return url


def take(hub: Runtime, visit: Visit, back: dict[str, str]) -> View:
    found = approval_answers.answer(
        hub, visit, state=back.get("state", ""), code=back.get("code", ""), error=back.get("error", "")
    )
    return approvals.view(hub, visit, found)


def code_of(shown: View) -> str:
    assert shown.fault is not None
    assert not shown.is_done
    return shown.fault.message


def connection_row(hub: Runtime) -> Connection:
    with hub.reading() as session:
        return session.scalars(select(Connection)).one()


def test_the_vendors_page_is_told_who_asks_and_no_secret(
    hub: Runtime, vendor: PartnerApp, ian: Visit, draft: str
) -> None:
    url = page_of(hub, ian, draft)
    asked = parse_qs(urlsplit(url).query)
    assert url.startswith(f"{vendor.options['endpoint_url']}/oauth?")
    assert (asked["response_type"], asked["redirect_uri"]) == (["code"], [BACK])
    assert asked["client_id"] == [vendor.options["client_id"]]
    assert "read:reservation" in asked["scope"][0].split()
    assert vendor.app_secret.reveal() not in url
    assert draft not in url


def test_an_approved_draft_has_its_refresh_token_and_passes_the_test(
    hub: Runtime, vendor: PartnerApp, ian: Visit, draft: str
) -> None:
    assert take(hub, ian, vendor.decide(page_of(hub, ian, draft))).is_done
    outcome = drafts.try_draft(hub, ian.user, PROVIDER)
    assert outcome.is_proof, outcome.verdict
    with hub.reading() as session:
        row = session.scalars(select(Approval)).one()
    assert row.sealed == b""


def test_a_refresh_token_that_the_draft_test_spent_is_not_lost_to_the_connection(
    hub: Runtime, vendor: PartnerApp, ian: Visit, draft: str, clock: FixedClock
) -> None:
    take(hub, ian, vendor.decide(page_of(hub, ian, draft)))
    for _ in range(2):
        assert drafts.try_draft(hub, ian.user, PROVIDER).is_proof
    made = drafts.finish(hub, ian.user, PROVIDER, name="Cloudbeds", actor=IAN.email)
    report = syncing.sync_once(hub, made.id)
    assert report.fault is None

    sync_requests.clear_cache_and_retry(hub, made.id, actor=IAN.email)
    clock.advance(minutes=2)
    assert syncing.sync_once(hub, made.id).fault is None


def test_an_app_may_be_given_an_api_key_instead(hub: Runtime, vendor: PartnerApp, ian: Visit) -> None:
    options = {**vendor.options, "auth_kind": "app_key"}
    drafts.save(hub, ian.user, PROVIDER, Changes(options=options, secrets={"api_secret": vendor.app_secret}))
    begun = approvals.begin_draft(hub, ian, PROVIDER, BACK)
    assert take(hub, ian, vendor.decide(page_of(hub, ian, begun))).is_done
    _, secrets = drafts.credentials(hub, ian.user, PROVIDER)
    assert secrets["api_key"].reveal().startswith("cbat_")
    assert drafts.try_draft(hub, ian.user, PROVIDER).is_proof


def test_a_connection_is_repaired_by_an_approval(hub: Runtime, vendor: PartnerApp, ian: Visit) -> None:
    card = vendor.connect(hub)
    syncing.sync_once(hub, card.id)
    assert connection_row(hub).state == "needs_attention"
    begun = approvals.begin_connection(hub, ian, card.public_id, BACK, options={}, secrets={})
    shown = take(hub, ian, vendor.decide(page_of(hub, ian, begun)))
    assert (shown.is_done, shown.connection) == (True, card.public_id)
    assert syncing.sync_once(hub, card.id).fault is None
    with hub.reading() as session:
        assert "connection.approved" in session.scalars(select(LogEntry.action)).all()


def test_a_connection_by_key_becomes_one_by_approval_with_what_is_typed(
    hub: Runtime, vendor: PartnerApp, ian: Visit
) -> None:
    key = vendor.server.dialect(PROVIDER).credentials["api_key"]["api_key"]
    card = connections.create(
        hub,
        provider=PROVIDER,
        name="Cloudbeds",
        options={**vendor.options, "auth_kind": "api_key"},
        secrets={"api_key": Secret(key)},
        streams=["bookings"],
        frequency_minutes=15,
        history_days=30,
        actor=IAN.email,
    )
    begun = approvals.begin_connection(
        hub, ian, card.public_id, BACK, options=vendor.options, secrets={"api_secret": vendor.app_secret}
    )
    assert take(hub, ian, vendor.decide(page_of(hub, ian, begun))).is_done
    assert set(credentials_of(hub, connection_row(hub)).secrets) == {"api_secret", "refresh_token"}


def test_a_denial_changes_nothing_and_may_be_tried_again(
    hub: Runtime, vendor: PartnerApp, ian: Visit, draft: str
) -> None:
    shown = take(hub, ian, vendor.decide(page_of(hub, ian, draft), "deny"))
    assert "denied" in code_of(shown)
    assert "refresh_token" not in drafts.credentials(hub, ian.user, PROVIDER)[1]
    again = approvals.begin_again(hub, ian, draft)
    assert take(hub, ian, vendor.decide(page_of(hub, ian, again))).is_done


def test_an_answer_counts_once(hub: Runtime, vendor: PartnerApp, ian: Visit, draft: str) -> None:
    back = vendor.decide(page_of(hub, ian, draft))
    assert take(hub, ian, back).is_done
    with pytest.raises(NotApproved) as refused:
        take(hub, ian, back)
    assert refused.value.kind == "used"
    assert approvals.view(hub, ian, draft).is_done


def test_a_state_of_another_session_or_person_is_refused_and_stays_open(
    hub: Runtime, vendor: PartnerApp, ian: Visit, draft: str
) -> None:
    back = vendor.decide(page_of(hub, ian, draft))
    other_browser = Visit(ian.user, "another browser session", ian.actor)
    ada = Visit(public_id_of(hub, ADA), ian.browser, ADA.email)
    for stranger in (other_browser, ada):
        with pytest.raises(NotApproved) as refused:
            take(hub, stranger, back)
        assert refused.value.kind == "elsewhere"
        with pytest.raises(NoSuchApproval):
            approvals.view(hub, stranger, draft)
    assert take(hub, ian, back).is_done


def test_a_state_that_is_not_ours_is_refused(hub: Runtime, ian: Visit, draft: str) -> None:
    foreign = hub.vault.seal(draft.encode()).decode()
    for state in ("", "x", "é", "a" * 600, foreign, hub.vault.seal(b"approval:ap_none").decode()):
        with pytest.raises(NotApproved) as refused:
            take(hub, ian, {"state": state, "code": "c"})
        assert refused.value.kind == "incomplete"


def test_after_ten_minutes_it_is_too_late(
    hub: Runtime, vendor: PartnerApp, ian: Visit, draft: str, clock: FixedClock
) -> None:
    back = vendor.decide(page_of(hub, ian, draft))
    clock.advance(minutes=10)
    assert approvals.view(hub, ian, draft).url is None
    assert "ten minutes" in code_of(take(hub, ian, back))


def test_a_code_that_expired_or_was_used_says_so(
    hub: Runtime, vendor: PartnerApp, ian: Visit, draft: str
) -> None:
    back = vendor.decide(page_of(hub, ian, draft))
    vendor.server.world.clock.shift(timedelta(minutes=11))
    assert "approval code" in code_of(take(hub, ian, back))


def test_a_wrong_client_secret_is_told_apart(hub: Runtime, vendor: PartnerApp, ian: Visit) -> None:
    changes = Changes(options=vendor.options, secrets={"api_secret": Secret("not-the-secret-of-the-app")})
    drafts.save(hub, ian.user, PROVIDER, changes)
    begun = approvals.begin_draft(hub, ian, PROVIDER, BACK)
    shown = take(hub, ian, vendor.decide(page_of(hub, ian, begun)))
    assert "client secret" in code_of(shown)
    assert "not-the-secret" not in repr(shown)


def test_an_answer_without_a_code_or_with_a_strange_word_is_refused(
    hub: Runtime, vendor: PartnerApp, ian: Visit, draft: str
) -> None:
    state = parse_qs(urlsplit(page_of(hub, ian, draft)).query)["state"][0]
    assert "no approval" in code_of(take(hub, ian, {"state": state}))
    again = approvals.begin_again(hub, ian, draft)
    state = parse_qs(urlsplit(page_of(hub, ian, again)).query)["state"][0]
    shown = take(hub, ian, {"state": state, "error": "<b>anything</b>"})
    assert shown.fault is not None
    assert "anything" not in repr(shown.fault)


def test_what_is_wrong_beside_the_missing_token_is_said_first(
    hub: Runtime, vendor: PartnerApp, ian: Visit
) -> None:
    options = {**vendor.options, "client_id": ""}
    drafts.save(hub, ian.user, PROVIDER, Changes(options=options))
    with pytest.raises(ConnectionInvalid) as wrong:
        approvals.begin_draft(hub, ian, PROVIDER, BACK)
    assert {problem.field for problem in wrong.value.problems} == {"client_id", "api_secret"}


def test_a_way_in_without_approval_has_none(hub: Runtime, vendor: PartnerApp, ian: Visit) -> None:
    drafts.save(hub, ian.user, PROVIDER, Changes(options={**vendor.options, "auth_kind": "api_key"}))
    with pytest.raises(NoSuchApproval):
        approvals.begin_draft(hub, ian, PROVIDER, BACK)


def test_a_connection_that_was_removed_meanwhile_is_left_alone(
    hub: Runtime, vendor: PartnerApp, ian: Visit
) -> None:
    card = vendor.connect(hub)
    begun = approvals.begin_connection(hub, ian, card.public_id, BACK, options={}, secrets={})
    back = vendor.decide(page_of(hub, ian, begun))
    connections.archive(hub, card.public_id, actor=IAN.email)
    assert "in the meantime" in code_of(take(hub, ian, back))


def test_nothing_secret_is_in_the_log(hub: Runtime, vendor: PartnerApp, ian: Visit, draft: str) -> None:
    back = vendor.decide(page_of(hub, ian, draft))
    take(hub, ian, back)
    with hub.reading() as session:
        lines = " ".join(f"{line.action} {line.summary}" for line in session.scalars(select(LogEntry)))
    assert "/access_token" in lines
    for secret in (back["code"], back["state"], vendor.app_secret.reveal()):
        assert secret not in lines
