"""From the form to a way of authenticating: an API key as it stands, or an app's access token kept fresh."""

from datetime import timedelta
from urllib.parse import urlencode

import msgspec

from webapp.integrations.kit.answer import Answer, Call
from webapp.integrations.kit.auth import KeyAuth, LoginAuth, Place, TokenAnswer, fingerprint
from webapp.integrations.kit.contract import LASTING, Credentials, TokenCache
from webapp.integrations.kit.http import Auth, ProviderClient
from webapp.vault import Secret

ACCESS_LIFETIME = 28_800.0  # seconds, when the answer does not say
REFRESH_LIFETIME = timedelta(days=365)  # from its last use


def auth_for(credentials: Credentials, client: ProviderClient, tokens: TokenCache) -> Auth:
    """`x-api-key` for a key; for an app, the grant `refresh_token` of /access_token."""
    if credentials.text("auth_kind") != "oauth":
        return KeyAuth(credentials.secret("api_key"), Place("header", "x-api-key"))
    return _refreshed(credentials, client, tokens)


def _refreshed(credentials: Credentials, client: ProviderClient, tokens: TokenCache) -> LoginAuth:
    client_id = credentials.text("client_id").strip()
    client_secret = credentials.secret("api_secret")
    first = credentials.secret("refresh_token")
    # A refresh token that is typed anew must not meet what an older one led to.
    mark = fingerprint(client.base_url, client_id, client_secret, first)
    name = f"{LASTING}{mark}"

    def login() -> Call:
        form = {
            "grant_type": "refresh_token",
            "client_id": client_id,
            "client_secret": client_secret.reveal().strip(),
            "refresh_token": (tokens.get(name) or first).reveal().strip(),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Call(
            "POST",
            client.url("access_token"),
            headers,
            urlencode(form).encode(),
            is_safe=False,
            is_login=True,
        )

    def keep(answer: Answer) -> None:
        following = answer.json(_Refreshed).refresh_token
        if following:
            tokens.put(name, Secret(following), client.clock() + REFRESH_LIFETIME)

    return LoginAuth(login, tokens, fingerprint=mark, answer=TokenAnswer(lifetime=ACCESS_LIFETIME), keep=keep)


class _Refreshed(msgspec.Struct):
    refresh_token: str | None = None
