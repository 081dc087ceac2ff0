"""Drafts of the wizard: sealed, one per person and provider, and turned into a connection at the end."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.cast import ADA, IAN, public_id_of
from tests.connected import Aurora, aurora_pms
from webapp.models import ConnectionDraft, ConnectionState
from webapp.runtime import Runtime
from webapp.services import drafts
from webapp.services.connection_entry import ConnectionInvalid
from webapp.services.drafts import Changes, DraftView, NoSuchDraft
from webapp.vault import Secret, Vault

CUSTOM = "custom_rest"
KEY = "a-very-secret-key-4f2a"


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


@pytest.fixture
def ian(hub: Runtime) -> str:
    return public_id_of(hub, IAN)


def found(hub: Runtime, user: str) -> DraftView | None:
    with hub.reading() as session:
        return drafts.find(hub, session, user, CUSTOM)


def filled(aurora: Aurora) -> Changes:
    return Changes(options=aurora.options, secrets={"api_key": Secret(aurora.key)}, is_mapped=True)


def test_a_draft_grows_step_by_step(hub: Runtime, ian: str) -> None:
    drafts.save(hub, ian, CUSTOM, Changes(options={"property_id": "X"}, secrets={"api_key": Secret(KEY)}))
    drafts.save(
        hub, ian, CUSTOM, Changes(secrets={"api_key": Secret("")}, frequency_minutes=60, ticked=[2, 0])
    )
    draft = found(hub, ian)
    assert draft is not None
    assert (draft.options["property_id"], draft.frequency_minutes) == ("X", 60)
    assert draft.secret_hints["api_key"].last4 == "4f2a"
    assert draft.ticked == {0, 2}
    assert len(draft.streams) == 5
    assert KEY not in repr(draft)


def test_what_is_stored_is_sealed(hub: Runtime, ian: str) -> None:
    drafts.save(hub, ian, CUSTOM, Changes(secrets={"api_key": Secret(KEY)}))
    with hub.reading() as session:
        (row,) = session.scalars(select(ConnectionDraft)).all()
    assert KEY.encode() not in row.sealed


def test_drafts_of_others_are_not_seen(hub: Runtime, ian: str) -> None:
    drafts.save(hub, ian, CUSTOM, Changes())
    ada = public_id_of(hub, ADA)
    assert found(hub, ada) is None
    with hub.reading() as session:
        assert len(drafts.every(hub, session, ian)) == 1
        assert drafts.every(hub, session, ada) == ()


def test_a_draft_that_no_key_opens_any_more_is_as_good_as_none(hub: Runtime, ian: str) -> None:
    drafts.save(hub, ian, CUSTOM, Changes(secrets={"api_key": Secret(KEY)}))
    hub.vault = Vault([b"0" * 43 + b"="])
    assert found(hub, ian) is None
    assert drafts.save(hub, ian, CUSTOM, Changes(name="again")).name == "again"


def test_a_passed_test_is_remembered_until_something_is_typed(hub: Runtime, ian: str, aurora: Aurora) -> None:
    drafts.save(hub, ian, CUSTOM, filled(aurora))
    assert drafts.try_draft(hub, ian, CUSTOM).is_proof
    draft = found(hub, ian)
    assert draft is not None
    assert (draft.is_proven, draft.account) == (True, "Hotel Aurora")
    assert drafts.save(hub, ian, CUSTOM, Changes(name="Aurora")).is_proven
    assert not drafts.save(hub, ian, CUSTOM, Changes(options={"property_id": "other"})).is_proven


def test_a_proven_draft_becomes_a_healthy_connection_and_is_gone(
    hub: Runtime, ian: str, aurora: Aurora
) -> None:
    drafts.save(hub, ian, CUSTOM, filled(aurora))
    drafts.try_draft(hub, ian, CUSTOM)
    made = drafts.finish(hub, ian, CUSTOM, name="Aurora", actor=IAN.email)
    assert (made.state, made.account) == (ConnectionState.HEALTHY, "Hotel Aurora")
    assert made.checked_live_at is None
    assert found(hub, ian) is None


def test_a_failed_save_keeps_the_draft(hub: Runtime, ian: str, aurora: Aurora) -> None:
    drafts.save(hub, ian, CUSTOM, filled(aurora))
    with pytest.raises(ConnectionInvalid):
        drafts.finish(hub, ian, CUSTOM, name="", actor=IAN.email)
    assert found(hub, ian) is not None


def test_without_a_draft_there_is_nothing_to_test_or_finish(hub: Runtime, ian: str) -> None:
    with pytest.raises(NoSuchDraft):
        drafts.try_draft(hub, ian, CUSTOM)
    with pytest.raises(NoSuchDraft):
        drafts.finish(hub, ian, CUSTOM, name="x", actor=IAN.email)
