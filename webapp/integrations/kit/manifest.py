"""Manifests: what a provider needs and offers, as plain frozen data from which form, card, masking and guide are made."""

from dataclasses import dataclass
from typing import Literal

from webapp.domain.stream import Stream

FieldKind = Literal["text", "url", "secret", "choice", "recipe"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a choice field; `fields` names the fields that only matter when it is chosen."""

    value: str
    label: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One thing the admin fills in.

    name         key in options (plain) or credentials (secret)
    label        the guide's words: "API Key", "API Secret", "Endpoint URL", "Property/Hotel ID"
    vendor_word  what the vendor calls it, shown beside the label
    help         where to find it
    """

    name: str
    label: str
    kind: FieldKind = "text"
    vendor_word: str = ""
    help: str = ""
    required: bool = True
    default: str = ""
    placeholder: str = ""
    pattern: str = ""  # a regular expression the whole value must match
    choices: tuple[Choice, ...] = ()

    @property
    def is_secret(self) -> bool:
        return self.kind == "secret"


@dataclass(frozen=True, slots=True)
class Limit:
    """How many calls a provider allows in a period, by its own documents."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ScarceTokens:
    """A provider that gives a client id only `calls` access tokens in `seconds`; which fields hold its id and secret."""

    calls: int
    seconds: float
    client_field: str
    secret_field: str


@dataclass(frozen=True, slots=True)
class EndpointHost:
    """A host of the vendor, by region. `is_stand_in` marks sandboxes, which prove nothing about a live hotel."""

    label: str
    url: str
    is_stand_in: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A ready message to a vendor that sets webhooks up by hand, in the language its support reads.

    `to` is who gets it, in words for the screen. Texts hold %(url)s, %(account)s and %(hotel)s.
    """

    to: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class WebhookSpec:
    """Vendor event name -> hub event name, and how hits are signed.

    `address_is_proof`: the vendor signs nothing, so a hit at the connection's own secret address is as good as
    signed, and the adapter's `verify` is asked only for one that came to the shared address.
    `silent`: fields of a booking whose change alone the vendor announces no call for.
    """

    events: tuple[tuple[str, str], ...]
    signed: str
    address_is_proof: bool = False
    letter: Letter | None = None
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OAuthSpec:
    """A way in that somebody approves in the vendor's own pages: the authorization code flow of OAuth 2.

    choice         the choice field and its value with which it is offered
    page_path, exchange_path   the vendor's page and where the code is exchanged, below the Endpoint URL
    scopes         the permissions that are asked for
    app_id, app_proof   the fields of the app that the vendor registered
    fills          the secret field that the exchange fills, from `answer_path` of its answer
    grant          the grant type of the exchange
    """

    choice: tuple[str, str]
    page_path: str
    exchange_path: str
    scopes: tuple[str, ...]
    app_id: str
    app_proof: str
    fills: str
    answer_path: str
    grant: str = "authorization_code"


@dataclass(frozen=True, slots=True)
class Manifest:
    key: str
    family: Literal["pms", "payments", "mail", "chat", "analytics", "sso", "push"]
    label: str
    summary: str
    fields: tuple[Field, ...]
    streams: tuple[Stream, ...]
    auth: str  # in words, for the card: "API key, basic, bearer or client credentials"
    endpoints: tuple[EndpointHost, ...] = ()  # empty: the admin's own server, any public https host
    endpoint_domains: tuple[
        str, ...
    ] = ()  # where each customer has a host of his own, what all of them end with
    limit: Limit | None = None
    scarce_tokens: ScarceTokens | None = None
    webhook: WebhookSpec | None = None
    approvals: tuple[OAuthSpec, ...] = ()
    no_webhook_reason: str = ""
    proven: Literal["simulator", "contract"] = "simulator"
    status_page: str = ""
    sources: tuple[str, ...] = ()  # documents it was written from, with dates

    def field(self, name: str) -> Field:
        return next(item for item in self.fields if item.name == name)

    @property
    def secret_names(self) -> frozenset[str]:
        return frozenset(item.name for item in self.fields if item.is_secret)

    @property
    def has_recipe(self) -> bool:
        """The admin writes the mapping (Custom PMS): the wizard gains its step."""
        return any(item.kind == "recipe" for item in self.fields)
