"""The authorization code flow of OAuth 2: the vendor's page that a browser is sent to, and the exchange of its code.

What a connection is allowed is asked once, in a browser; from then on calls are proven by `kit.auth`.
"""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import urlencode

import msgspec

from webapp.domain.fault import Actor
from webapp.vault import Secret

from .answer import Answer, Call
from .auth import Flow
from .contract import Credentials
from .errors import N_, ContractBroken, NotFound, ProviderError
from .http import ProviderClient
from .links import under
from .manifest import OAuthSpec
from .select import getter

LONGEST_CODE = 2_000
_OF_A_LOGIN = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class NotApproved(ProviderError):
    """Nobody may come in by this approval. `kind`: denied, expired, used, elsewhere, code, client, refused, gone,
    incomplete."""

    code = "not_approved"
    actor = Actor.ADMIN
    KINDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "denied": (
            N_("The approval was denied at the provider."),
            N_("Nothing was changed. Start again, and allow the access there as a user who may do so."),
        ),
        "expired": (
            N_("The approval took longer than ten minutes."),
            N_("Start again: a new one is made."),
        ),
        "used": (
            N_("This answer of the provider has been used already."),
            N_("Each approval counts once. If the connection does not work, start again."),
        ),
        "elsewhere": (
            N_("This approval was not started in this browser session."),
            N_("Start it again here, and come back in the same browser without signing out in between."),
        ),
        "code": (
            N_("The provider does not accept its approval code any more."),
            N_("A code is good once and for some minutes only. Start again."),
        ),
        "client": (
            N_("The provider does not know this app: the client id or the client secret is wrong."),
            N_("Compare both with the app's page at the provider, correct them here and start again."),
        ),
        "refused": (
            N_("The provider refused the approval: %(word)s."),
            N_(
                "Compare the client id, the client secret and the redirect address with the app's page there."
            ),
        ),
        "gone": (
            N_("The connection was changed or removed in the meantime."),
            N_("Open it again and start from there."),
        ),
        "incomplete": (
            N_("The provider's answer holds no approval."),
            N_("Start again from here; do not open the return address by hand."),
        ),
    }

    def __init__(self, kind: str, detail: str = "", word: str = "") -> None:
        self.kind = kind
        self.message, self.advice = self.KINDS[kind]
        super().__init__(detail or kind, **({"word": word} if word else {}))


# What a vendor may answer by the standard (RFC 6749, 4.1.2.1 and 5.2); any other word is not repeated.
_DENIED = "access_denied"
_WORDS = frozenset(
    {
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "unsupported_grant_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
    }
)


def approval_of(approvals: tuple[OAuthSpec, ...], options: Mapping[str, object]) -> OAuthSpec | None:
    """The approval that belongs to the chosen way in; None when it needs none."""
    return next((spec for spec in approvals if options.get(spec.choice[0]) == spec.choice[1]), None)


def page_url(spec: OAuthSpec, credentials: Credentials, *, redirect_uri: str, state: str) -> str:
    """Where a browser is sent to. It carries no secret."""
    asked = {
        "response_type": "code",
        "client_id": credentials.text(spec.app_id).strip(),
        "redirect_uri": redirect_uri,
        "scope": " ".join(spec.scopes),
        "state": state,
    }
    return under(credentials.text("endpoint_url"), spec.page_path, asked)


def refusal_of(error: str) -> NotApproved:
    """What the vendor's page sent back instead of a code."""
    if error == _DENIED:
        return NotApproved("denied")
    if error in {"unauthorized_client", "invalid_client"}:
        return NotApproved("client", error)
    return NotApproved("refused", "error", word=error if error in _WORDS else "error")


def exchange(
    client: ProviderClient, spec: OAuthSpec, credentials: Credentials, *, code: str, redirect_uri: str
) -> Secret:
    """The lasting secret for a code, asked for once. Raises ProviderError."""
    if not code or len(code) > LONGEST_CODE:
        raise NotApproved("incomplete")
    form = {
        "grant_type": spec.grant,
        "client_id": credentials.text(spec.app_id).strip(),
        "client_secret": credentials.secret(spec.app_proof).reveal().strip(),
        "redirect_uri": redirect_uri,
        "code": code,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url = client.url(spec.exchange_path)
    client.auth = _Judged()
    answer = client.send(Call("POST", url, headers, urlencode(form).encode(), is_safe=False, is_login=True))
    token = getter(spec.answer_path)(answer.json())
    if not isinstance(token, str) or not token.strip():
        raise ContractBroken(f"{spec.exchange_path}: {spec.answer_path}")
    return Secret(token.strip())


class _Judged:
    """Sends the exchange as it stands; what a refusal means is told by its words."""

    secret_query: frozenset[str] = frozenset()

    def flow(self, call: Call, _now: datetime) -> Flow:
        answer = yield call
        if answer.is_refusal:
            raise _refused_exchange(answer)


def _refused_exchange(answer: Answer) -> ProviderError:
    """By the standard's codes where they are used; some vendors answer another code, and a sentence."""
    try:
        said = msgspec.json.decode(answer.body, type=_Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = _Refusal()
    detail = f"status {answer.status}"
    words = said.error_description.lower()
    if said.error in {"invalid_client", "unauthorized_client"}:
        return NotApproved("client", detail)
    if said.error == "invalid_grant" or "code" in words:
        return NotApproved("code", detail)
    if "client" in words:
        return NotApproved("client", detail)
    if answer.status in _OF_A_LOGIN:
        return NotApproved("refused", detail, word=said.error if said.error in _WORDS else detail)
    return NotFound(answer.path, detail)


class _Refusal(msgspec.Struct):
    error: str = ""
    error_description: str = ""
