"""The cast: Ada owns Hotel Aurora, Ian is its IT, Ben is at the front desk, Cleo is a stranger without a session."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Connection, event, select
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from webapp.models import Role, User
from webapp.runtime import Runtime
from webapp.services import hotels, passwords
from webapp.services.hotels import NewHotel

AURORA = NewHotel(name="Hotel Aurora", timezone="Europe/Zurich", currency="EUR", audit_hour=3)
BUSINESS_DATE = date(2026, 7, 14)


@dataclass(frozen=True)
class Character:
    """Somebody with a session; the password is for tests that sign in by hand."""

    name: str
    email: str
    role: Role
    password: str


ADA = Character("Ada Lindqvist", "ada@aurora.example", Role.OWNER, "the owner's long password")
IAN = Character("Ian Osei", "ian@aurora.example", Role.ADMIN, "the admin's long password")
BEN = Character("Ben Roth", "ben@aurora.example", Role.STAFF, "the desk's long password")
CAST = (ADA, IAN, BEN)


@lru_cache
def _hash(password: str) -> str:
    return passwords.hash_password(password)


def set_the_stage(runtime: Runtime) -> None:
    """Hotel Aurora is claimed, and its three people may sign in."""
    with runtime.writing() as database:
        hotels.add_hotel(runtime, database, AURORA, business_date=BUSINESS_DATE)
        for person in CAST:
            database.add(
                User(
                    public_id=runtime.new_id("us"),
                    email=person.email,
                    name=person.name,
                    role=person.role,
                    password_hash=_hash(person.password),
                    session_stamp=f"stamp of {person.role}",
                    created_at=runtime.clock(),
                )
            )


def is_set(runtime: Runtime) -> bool:
    with runtime.reading() as database:
        return database.scalars(select(User.id).limit(1)).first() is not None


def public_id_of(runtime: Runtime, person: Character) -> str:
    with runtime.reading() as database:
        return database.scalars(select(User.public_id).where(User.email == person.email)).one()


class Browser(FlaskClient):
    """A test client that sends the CSRF token by itself, as our pages do, and speaks htmx when asked (`hx=True`)."""

    token = ""

    def open(self, *args: Any, hx: bool = False, csrf: bool = True, **kwargs: Any) -> TestResponse:
        headers = Headers(kwargs.pop("headers", None))
        if hx:
            headers["HX-Request"] = "true"
        if csrf and self.token:
            headers["X-CSRFToken"] = self.token
        # Reads files to their end and closes them.
        return super().open(*args, headers=headers, buffered=True, **kwargs)

    def take_token(self) -> None:
        """As reading any page does; needed again after a sign-in, which begins a new session."""
        with self.session_transaction() as stored, self.application.test_request_context():
            session["csrf_token"] = stored["csrf_token"] = "a page was read"
            self.token = generate_csrf()


def open_browser(app: Flask, runtime: Runtime, person: Character | None) -> Browser:
    """A browser in which `person` is signed in; a stranger's for None."""
    app.test_client_class = Browser
    browser = app.test_client()
    assert isinstance(browser, Browser)
    if person is not None:
        with runtime.reading() as database:
            row = database.scalars(select(User).where(User.email == person.email)).one()
        with browser.session_transaction() as stored:
            stored.permanent = True
            stored["_user_id"] = f"{row.public_id}.{row.session_stamp}"
            stored["_fresh"] = True
    browser.take_token()
    return browser


@dataclass
class Statements:
    """What was sent to the database; the BEGIN of each transaction is not counted."""

    texts: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)


@contextmanager
def counting(runtime: Runtime) -> Iterator[Statements]:
    seen = Statements()

    def note(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.texts.append(statement)

    event.listen(runtime._engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(runtime._engine, "before_cursor_execute", note)
