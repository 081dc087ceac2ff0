"""From the form and the recipe to a way of authenticating."""

from urllib.parse import urlencode

import msgspec

from webapp.domain.wording import N_
from webapp.integrations.kit.answer import Call
from webapp.integrations.kit.auth import (
    BasicAuth,
    KeyAuth,
    LoginAuth,
    Place,
    TokenAnswer,
    bearer,
    client_credentials,
    fingerprint,
)
from webapp.integrations.kit.contract import Credentials, TokenCache
from webapp.integrations.kit.errors import RecipeWrong
from webapp.integrations.kit.http import Auth
from webapp.integrations.kit.links import under

from .recipe import Login, Recipe
from .templates import Values, fill


def auth_for(credentials: Credentials, recipe: Recipe, tokens: TokenCache, base_url: str) -> Auth | None:
    """Raises RecipeWrong when a login is chosen that the recipe does not describe."""
    kind = credentials.text("auth_kind") or "api_key"
    details = recipe.auth
    lifetime = float(details.lifetime_seconds)
    if kind == "api_key":
        name = credentials.text("key_name") or "X-Api-Key"
        if credentials.text("key_place") == "query":
            return KeyAuth(credentials.secret("api_key"), Place("query", name))
        prefix = _spaced(credentials.text("key_prefix"))
        if credentials.text("key_place") == "body":
            return KeyAuth(credentials.secret("api_key"), Place("body", name, prefix))
        return KeyAuth(credentials.secret("api_key"), Place("header", name, prefix))
    if kind == "bearer":
        return bearer(credentials.secret("api_key"))
    if kind == "basic":
        return BasicAuth(credentials.text("username"), credentials.secret("api_secret"))
    if kind == "client_credentials":
        return client_credentials(
            credentials.text("token_url"),
            credentials.text("client_id"),
            credentials.secret("api_secret"),
            tokens,
            client_auth=details.client_auth,
            scope=details.scope,
            extra=details.extra,
            answer=TokenAnswer(details.token_path, details.expires_path, lifetime),
        )
    if kind == "login":
        if details.login is None:
            raise RecipeWrong(
                "auth.login", N_("The form says that a login gives a token; describe the login here.")
            )
        return _login(details.login, credentials, tokens, base_url, lifetime)
    return None


def values_of(credentials: Credentials) -> dict[str, str | None]:
    """The placeholders that the form fills. Secrets are for headers and logins only, which `problems` checks."""
    plain = {name: credentials.text(name) or None for name in ("property_id", "username", "client_id")}
    secret = {
        f"secret.{name}": credentials.secret(name).reveal() or None for name in ("api_key", "api_secret")
    }
    return plain | secret


def _login(
    login: Login, credentials: Credentials, tokens: TokenCache, base_url: str, lifetime: float
) -> LoginAuth:
    def call() -> Call:
        values: Values = values_of(credentials)
        body = fill(login.body, values)
        is_form = login.body_format == "form"
        return Call(
            "POST",
            under(base_url, login.path),
            {"Content-Type": "application/x-www-form-urlencoded" if is_form else "application/json"},
            urlencode(body).encode() if is_form else msgspec.json.encode(body),
            is_safe=False,
            is_login=True,
        )

    mark = fingerprint(base_url, credentials.text("username"), credentials.secret("api_secret"))
    answer = TokenAnswer(login.token_path, login.expires_path, lifetime)
    return LoginAuth(
        call, tokens, fingerprint=mark, answer=answer, place=Place("header", login.name, login.prefix)
    )


def _spaced(prefix: str) -> str:
    """`Token` -> `Token `: forms strip the blank that belongs between a word and the key."""
    return f"{prefix} " if prefix and prefix[-1].isalnum() else prefix
