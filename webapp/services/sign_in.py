"""Signing in: one answer for every wrong try, a limit on tries, and a line in the log for each."""

from sqlalchemy import select

from webapp.models import User
from webapp.runtime import Runtime

from . import audit, passwords
from .throttling import PER_ADDRESS, PER_EMAIL, Gate, TooManyTries
from .users import Person, fold_email, person_of


class SignInRefused(Exception):
    """Unknown e-mail, wrong password or a deactivated person: which of them is not told."""


def sign_in(runtime: Runtime, gate: Gate, *, email: str, password: str, address: str) -> Person:
    """The person, once the password is right. `address` is where the browser calls from.

    Raises SignInRefused or TooManyTries.
    """
    folded = fold_email(email)
    try:
        gate.enter(PER_ADDRESS, address)
        gate.enter(PER_EMAIL, folded)
    except TooManyTries:
        _note_failure(runtime, folded, address, "too many tries")
        raise
    with runtime.reading() as session:
        found = session.scalars(select(User).where(User.email == folded)).one_or_none()
    is_right = passwords.is_right(found.password_hash if found else None, password)
    if found is None or not is_right or not found.is_active:
        _note_failure(runtime, folded, address, "refused")
        raise SignInRefused
    gate.forgive(PER_EMAIL, folded)
    # Hashed outside the transaction: it takes its time on purpose.
    fresh_hash = passwords.hash_password(password) if passwords.is_outdated(found.password_hash) else None
    with runtime.writing() as session:
        row = session.scalars(select(User).where(User.id == found.id).with_for_update()).one()
        if not row.is_active or row.password_hash != found.password_hash:
            raise SignInRefused  # changed while the password was being checked
        row.last_login_at = runtime.clock()
        if fresh_hash is not None:
            row.password_hash = fresh_hash
        audit.record(runtime, session, row.email, "user.signed_in", f"{row.email} signed in from {address}")
        return person_of(row)


def note_sign_out(runtime: Runtime, email: str) -> None:
    with runtime.writing() as session:
        audit.record(runtime, session, email, "user.signed_out", f"{email} signed out")


def mask_email(email: str) -> str:
    """`ada@aurora.example` -> `a…@aurora.example`: people type passwords into the wrong field."""
    name, at, host = email.partition("@")
    return f"{name[:1]}…@{host[:100]}" if at else f"{name[:1]}…"


def _note_failure(runtime: Runtime, email: str, address: str, why: str) -> None:
    with runtime.writing() as session:
        audit.record(
            runtime,
            session,
            "",
            "user.sign_in_failed",
            f"A sign-in as {mask_email(email)} from {address} failed: {why}",
            level="warning",
        )
