"""Signing in at Oracle: client credentials with an enterprise id (OCIM), or an integration user's password (SSD)."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from webapp.integrations.kit.answer import Call
from webapp.integrations.kit.auth import Flow, LoginAuth, basic_header, fingerprint
from webapp.integrations.kit.contract import Credentials, TokenCache
from webapp.integrations.kit.errors import CredentialsRejected, ProviderError
from webapp.integrations.kit.http import ProviderClient
from webapp.vault import Secret

from .manifest import SCOPE, SSD
from .refusals import sign_in_error

TOKENS = "oauth/v1/tokens"
_REFUSED = 401


class SignIn:
    """A token lives an hour and is metered, so one is shared by everything that speaks for the connection."""

    secret_query: frozenset[str] = frozenset()

    def __init__(self, login: LoginAuth) -> None:
        self._login = login

    def flow(self, call: Call, now: datetime) -> Flow:
        """That of LoginAuth, with Oracle's own reasons for a refused sign-in."""
        with closing(self._login.flow(call, now)) as inner:
            step = next(inner)
            while True:
                answer = yield step
                refused: ProviderError | None = None
                if step.is_login and not answer.is_success:
                    refused = sign_in_error(answer)
                    if refused is not None:  # whatever the status: to be remembered as a refusal, like a 401
                        answer = replace(answer, status=_REFUSED)
                try:
                    step = inner.send(answer)
                except StopIteration:
                    return
                except CredentialsRejected as error:
                    raise (refused or error) from None


def app_key_of(credentials: Credentials) -> str:
    """For a header. Oracle's keys are written in small letters. Raises CredentialsRejected."""
    return _plain(credentials.secret("api_key"), "application key").lower()


def auth_for(credentials: Credentials, client: ProviderClient, tokens: TokenCache) -> SignIn:
    kind = credentials.text("auth_kind")
    client_id = credentials.text("client_id").strip()
    client_secret = credentials.secret("api_secret")
    username, password = credentials.text("username").strip(), credentials.secret("user_password")
    enterprise = credentials.text("enterprise_id").strip()
    scope = credentials.text("scope").strip() or SCOPE

    def login() -> Call:
        secret = Secret(_plain(client_secret, "client secret"))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": basic_header(client_id, secret),
            "x-app-key": app_key_of(credentials),
        }
        if kind == SSD:
            form = {
                "grant_type": "password",
                "username": username,
                "password": _plain(password, "password", is_header=False),
            }
        else:
            form = {"grant_type": "client_credentials", "scope": scope}
            headers["enterpriseId"] = enterprise
        url = client.url(TOKENS)
        return Call("POST", url, headers, urlencode(form).encode(), is_safe=False, is_login=True)

    mark = fingerprint(
        client.base_url,
        kind,
        client_id,
        client_secret,
        credentials.secret("api_key"),
        enterprise,
        scope,
        username,
        password,
    )
    return SignIn(LoginAuth(login, tokens, fingerprint=mark))


def _plain(secret: Secret, name: str, *, is_header: bool = True) -> str:
    value = secret.reveal().strip()
    if not value:
        raise CredentialsRejected(f"no {name} is given")
    if is_header and not (value.isascii() and value.isprintable()):
        raise CredentialsRejected(f"the {name} holds a character that no header can carry")
    return value
