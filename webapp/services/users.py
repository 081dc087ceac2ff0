"""People who may sign in: inviting, changing, deactivating. There is always an active owner left."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from webapp.domain.wording import N_
from webapp.models import Role, User
from webapp.runtime import Runtime

from . import audit, passwords

THEMES = ("light", "dark", "system")


class UserError(Exception):
    """What is wrong with one field of a person; `message` is a sentence to translate, `parameters` fill it."""

    def __init__(self, field: str, message: str, **parameters: object) -> None:
        super().__init__(message % parameters)
        self.field = field
        self.message = message
        self.parameters = parameters


@dataclass(frozen=True, slots=True)
class Person:
    """A user as everyone but the table sees one: without the password's hash."""

    public_id: str
    email: str
    name: str
    role: Role
    is_active: bool
    theme: str
    created_at: datetime
    last_login_at: datetime | None
    session_stamp: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Invited:
    """A person and the password to hand over; it is stored nowhere and shown this once."""

    person: Person
    password: str = field(repr=False)


def person_of(row: User) -> Person:
    return Person(
        public_id=row.public_id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        is_active=row.is_active,
        theme=row.theme,
        created_at=row.created_at,
        last_login_at=row.last_login_at,
        session_stamp=row.session_stamp,
    )


def everyone(session: Session) -> tuple[Person, ...]:
    """All people, active ones first, then by name."""
    rows = session.scalars(select(User).order_by(User.is_active.desc(), User.name, User.id))
    return tuple(person_of(row) for row in rows)


def find(session: Session, public_id: str) -> Person | None:
    row: Any = session.execute(_BY_PUBLIC_ID, {"public_id": public_id}).one_or_none()
    return person_of(row) if row else None


# Every request asks it: put together once, and of the plain table, which takes half as long.
_USERS = User.metadata.tables["app_user"]
_BY_PUBLIC_ID = select(_USERS).where(_USERS.c.public_id == bindparam("public_id"))


def fold_email(email: str) -> str:
    """How an address is stored and looked up."""
    return email.strip().lower()


def create_user(runtime: Runtime, *, email: str, name: str, role: Role, password: str, actor: str) -> Person:
    """Add a person who may sign in at once. Raises UserError (email, name, password)."""
    with runtime.writing() as session:
        person = add_user(runtime, session, email=email, name=name, role=role, password=password)
        audit.record(runtime, session, actor, "user.created", f"{person.email} may sign in as {role}")
    return person


def invite(runtime: Runtime, *, email: str, name: str, role: Role, actor: str) -> Invited:
    """Like `create_user`, with a one-time password to hand over."""
    password = passwords.one_time_password()
    return Invited(
        create_user(runtime, email=email, name=name, role=role, password=password, actor=actor), password
    )


def add_user(
    runtime: Runtime, session: Session, *, email: str, name: str, role: Role, password: str
) -> Person:
    """The row, in the caller's transaction (set-up makes hotel and owner in one). Raises UserError."""
    folded = _checked_email(email)
    name = checked_name(name)
    _check_password(password, folded)
    if session.scalars(select(User.id).where(User.email == folded)).first() is not None:
        raise UserError("email", N_("Somebody with this e-mail address is already here."))
    row = User(
        public_id=runtime.new_id("us"),
        email=folded,
        name=name,
        role=role,
        password_hash=passwords.hash_password(password),
        session_stamp=new_stamp(),
        created_at=runtime.clock(),
    )
    session.add(row)
    session.flush()
    return person_of(row)


def change_role(runtime: Runtime, public_id: str, role: Role, *, actor: str) -> Person:
    """Takes effect with the person's next request. Raises UserError for the last owner."""
    with runtime.writing() as session:
        owners = _locked_owners(session)
        row = _row(session, public_id)
        before = row.role
        if before != role:
            if role is not Role.OWNER:
                _keep_an_owner(owners, row)
            row.role = role
            audit.record(
                runtime, session, actor, "user.role_changed", f"{row.email} is {role} now, was {before}"
            )
        return person_of(row)


def deactivate(runtime: Runtime, public_id: str, *, actor: str) -> Person:
    """Ends the person's sessions. Raises UserError for the last owner."""
    with runtime.writing() as session:
        owners = _locked_owners(session)
        row = _row(session, public_id)
        if row.is_active:
            _keep_an_owner(owners, row)
            row.is_active = False
            row.session_stamp = new_stamp()
            audit.record(runtime, session, actor, "user.deactivated", f"{row.email} may no longer sign in")
        return person_of(row)


def reactivate(runtime: Runtime, public_id: str, *, actor: str) -> Person:
    with runtime.writing() as session:
        row = _row(session, public_id)
        if not row.is_active:
            row.is_active = True
            audit.record(runtime, session, actor, "user.reactivated", f"{row.email} may sign in again")
        return person_of(row)


def reset_password(runtime: Runtime, public_id: str, *, actor: str) -> Invited:
    """A new one-time password; ends the person's sessions."""
    password = passwords.one_time_password()
    with runtime.writing() as session:
        row = _row(session, public_id)
        row.password_hash = passwords.hash_password(password)
        row.session_stamp = new_stamp()
        audit.record(
            runtime, session, actor, "user.password_reset", f"A new password was made for {row.email}"
        )
        return Invited(person_of(row), password)


def change_own_password(runtime: Runtime, public_id: str, *, old: str, new: str) -> Person:
    """Ends every session of this person, also the one that asks: sign it in again with what this returns.

    Raises UserError (old_password, password).
    """
    with runtime.reading() as session:
        found = _row(session, public_id, for_update=False)
    if not passwords.is_right(found.password_hash, old):
        raise UserError("old_password", N_("This is not your password of today."))
    _check_password(new, found.email)
    new_hash = passwords.hash_password(new)
    with runtime.writing() as session:
        row = _row(session, public_id)
        row.password_hash = new_hash
        row.session_stamp = new_stamp()
        audit.record(
            runtime, session, row.email, "user.password_changed", f"{row.email} changed the own password"
        )
        return person_of(row)


def knows_password(runtime: Runtime, public_id: str, password: str) -> bool:
    """Before something grave: whether this is the person at the keyboard. Takes its time on purpose."""
    with runtime.reading() as session:
        row = _row(session, public_id, for_update=False)
    return passwords.is_right(row.password_hash, password)


def rename(runtime: Runtime, public_id: str, name: str, *, actor: str) -> Person:
    """Raises UserError (name)."""
    name = checked_name(name)
    with runtime.writing() as session:
        row = _row(session, public_id)
        if row.name != name:
            row.name = name
            audit.record(runtime, session, actor, "user.renamed", f"{row.email} is called {name} now")
        return person_of(row)


def set_theme(runtime: Runtime, public_id: str, theme: str) -> None:
    """Raises UserError (theme)."""
    if theme not in THEMES:
        raise UserError("theme", N_("There is no such appearance."))
    with runtime.writing() as session:
        _row(session, public_id).theme = theme


def note_sign_in(runtime: Runtime, session: Session, person: Person) -> None:
    """In the caller's transaction."""
    _row(session, person.public_id).last_login_at = runtime.clock()


def new_stamp() -> str:
    return secrets.token_hex(16)


def checked_name(name: str) -> str:
    """Raises UserError (name)."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 120:
        raise UserError("name", N_("Enter a name of up to 120 letters."))
    return name


def _checked_email(email: str) -> str:
    # Large tables, for the few who are invited.
    from email_validator import EmailNotValidError, validate_email

    try:
        # No DNS question: a hotel's own mail domain may be known inside the house only.
        validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise UserError("email", N_("Enter an e-mail address like name@hotel.example.")) from error
    return fold_email(email)


def _check_password(password: str, email: str) -> None:
    if len(password) < passwords.SHORTEST:
        raise UserError(
            "password", N_("Use at least %(count)s characters; a sentence is fine."), count=passwords.SHORTEST
        )
    if len(password) > passwords.LONGEST:
        raise UserError("password", N_("Use at most %(count)s characters."), count=passwords.LONGEST)
    if password.strip().lower() == email:
        raise UserError("password", N_("The password must not be the e-mail address."))


def _row(session: Session, public_id: str, *, for_update: bool = True) -> User:
    statement = select(User).where(User.public_id == public_id)
    row = session.scalars(statement.with_for_update() if for_update else statement).one_or_none()
    if row is None:
        raise UserError("", N_("There is no such person."))
    return row


def _locked_owners(session: Session) -> Sequence[User]:
    """Before any other row is locked, and always in the same order: two owners who leave at once cannot both be the
    last but one, and neither waits for what the other holds."""
    return session.scalars(
        select(User).where(User.role == Role.OWNER, User.is_active).order_by(User.id).with_for_update()
    ).all()


def _keep_an_owner(owners: Sequence[User], leaving: User) -> None:
    if leaving.role == Role.OWNER and all(owner.id == leaving.id for owner in owners):
        raise UserError("role", N_("This is the last owner. Make somebody else an owner first."))
