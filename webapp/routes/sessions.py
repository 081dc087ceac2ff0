"""Browser sessions: how long one lives, what its cookie may do, and when it stops being believed."""

import hmac
from datetime import timedelta
from typing import Any

from flask import Flask, g, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, login_user, logout_user

from webapp.services import hotels, users
from webapp.services.users import Person

from .context import Visitor, current_runtime

# A front-desk shift and its overtime. Not refreshed by each request, or a page that polls would never sign out.
SESSION = timedelta(hours=12)
REMEMBERED = timedelta(days=14)


class Cookies(SecureCookieSessionInterface):
    """Flask's own, with one signer for as long as the key stays: it makes two for each request, a cookie or not."""

    def __init__(self) -> None:
        self._kept: tuple[Any, Any] = (None, None)

    def get_signing_serializer(self, app: Flask) -> Any:
        key, signer = self._kept
        if signer is None or key != app.secret_key:
            signer = super().get_signing_serializer(app)
            self._kept = app.secret_key, signer
        return signer


def init_app(app: Flask, *, secure: bool) -> None:
    app.session_interface = Cookies()
    app.config.update(
        SESSION_COOKIE_NAME="hub_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=SESSION,
        REMEMBER_COOKIE_NAME="hub_remembered",
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=secure,
        REMEMBER_COOKIE_DURATION=REMEMBERED,
    )
    manager = LoginManager(app)
    manager.session_protection = "basic"
    manager.user_loader(_load)


def begin(person: Person, *, remember: bool = False) -> None:
    """A new session for this person; nothing of the one before stays, so nobody can plant one."""
    session.clear()
    session.permanent = True
    login_user(Visitor(person), remember=remember)


def end() -> None:
    logout_user()
    for name in [
        name for name in session if name != "_remember"
    ]:  # which tells flask-login to drop its cookie
        session.pop(name)


def _load(cookie_id: str) -> Visitor | None:
    public_id, _, stamp = cookie_id.partition(".")
    with current_runtime().reading() as database:
        person = users.find(database, public_id)
        if "hotel" not in g:  # the page asks for it next: one view of the database for both
            g.hotel = hotels.current_hotel(database)
    if person is None or not person.is_active or not hmac.compare_digest(person.session_stamp, stamp):
        return None
    return Visitor(person)
