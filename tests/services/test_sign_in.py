"""Signing in, below the web."""

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from tests.cast import ADA
from webapp.models import LogEntry, User
from webapp.runtime import Runtime
from webapp.services import passwords, sign_in
from webapp.services.sign_in import SignInRefused, mask_email
from webapp.services.throttling import PER_EMAIL, Gate, TooManyTries


def enter(hub: Runtime, gate: Gate, email: str = ADA.email, password: str = ADA.password) -> str:
    return sign_in.sign_in(hub, gate, email=email, password=password, address="192.0.2.1").email


def row_of_ada(hub: Runtime) -> User:
    with hub.reading() as session:
        return session.scalars(select(User).where(User.email == ADA.email)).one()


def test_the_time_of_a_sign_in_is_kept(hub: Runtime) -> None:
    enter(hub, Gate())
    assert row_of_ada(hub).last_login_at == hub.clock()


def test_an_older_hash_is_renewed_at_the_next_sign_in(hub: Runtime) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(ADA.password)
    with hub.writing() as session:
        session.scalars(select(User).where(User.email == ADA.email)).one().password_hash = weak
    enter(hub, Gate())
    renewed = row_of_ada(hub).password_hash
    assert renewed != weak
    assert not passwords.is_outdated(renewed)
    assert enter(hub, Gate()) == ADA.email


def test_a_damaged_hash_lets_nobody_in(hub: Runtime) -> None:
    with hub.writing() as session:
        session.scalars(select(User).where(User.email == ADA.email)).one().password_hash = "damaged"
    with pytest.raises(SignInRefused):
        enter(hub, Gate())


def test_an_unknown_address_costs_a_whole_password_check(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    verify = PasswordHasher.verify

    def note(hasher: PasswordHasher, stored: str, password: str) -> bool:
        checked.append(stored)
        return verify(hasher, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", note)
    assert not passwords.is_right(None, "anything")
    assert len(checked) == 1
    assert not passwords.is_outdated(checked[0])


def test_a_pause_ends_by_itself(hub: Runtime) -> None:
    moment = 1_000.0
    gate = Gate(lambda: moment)
    for _ in range(5):
        gate.enter(PER_EMAIL, ADA.email)
    with pytest.raises(TooManyTries) as told:
        enter(hub, gate)
    assert 1 <= told.value.minutes <= 5
    moment += 5 * 60 + 1
    assert enter(hub, gate) == ADA.email


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("ada@aurora.example", "a…@aurora.example"),
        ("hunter2hunter2", "h…"),
        ("", "…"),
        ("a@" + "b" * 300, "a…@" + "b" * 100),
    ],
)
def test_an_address_is_masked_before_it_is_logged(typed: str, shown: str) -> None:
    assert mask_email(typed) == shown


def test_a_sign_out_is_in_the_log(hub: Runtime) -> None:
    sign_in.note_sign_out(hub, ADA.email)
    with hub.reading() as session:
        row = session.scalars(select(LogEntry).order_by(LogEntry.id.desc()).limit(1)).one()
    assert (row.action, row.actor, row.kind) == ("user.signed_out", ADA.email, "audit")
