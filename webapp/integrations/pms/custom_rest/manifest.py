"""What a Custom PMS connection needs: an address, a way to log in, a hotel id and a recipe."""

from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.errors import N_
from webapp.integrations.kit.manifest import Choice, Field, Limit, Manifest, WebhookSpec

MANIFEST = Manifest(
    key="custom_rest",
    family="pms",
    label=N_("Custom PMS (via REST API)"),
    summary=N_(
        "Any system with a JSON API over https: you say where its bookings are and what its words mean."
    ),
    fields=(
        Field(
            name="endpoint_url",
            label=N_("Endpoint URL"),
            kind="url",
            vendor_word=N_("base URL"),
            help=N_("The common beginning of all API addresses, as the API's documents give it."),
            placeholder="https://api.example-pms.com/v2",
        ),
        Field(
            name="auth_kind",
            label=N_("How the hub proves who it is"),
            kind="choice",
            help=N_("The API's documents call this authentication."),
            default="api_key",
            choices=(
                Choice("api_key", N_("API key"), ("api_key", "key_place", "key_name", "key_prefix")),
                Choice("bearer", N_("Bearer token"), ("api_key",)),
                Choice("basic", N_("User name and password (Basic)"), ("username", "api_secret")),
                Choice(
                    "client_credentials",
                    N_("Client id and secret (OAuth 2)"),
                    ("client_id", "api_secret", "token_url"),
                ),
                Choice("login", N_("Login that gives a token"), ("username", "api_secret")),
                Choice("none", N_("Nothing"), ()),
            ),
        ),
        Field(
            name="api_key",
            label=N_("API Key"),
            kind="secret",
            vendor_word=N_("key or token"),
            help=N_("In the PMS admin panel, in the section API or Integrations."),
            required=False,
        ),
        Field(
            name="username",
            label=N_("User name"),
            help=N_("The user the PMS made for this connection, not a person's own."),
            required=False,
        ),
        Field(
            name="client_id",
            label=N_("Client id"),
            help=N_("Shown beside the client secret in the PMS."),
            required=False,
        ),
        Field(
            name="api_secret",
            label=N_("API Secret"),
            kind="secret",
            vendor_word=N_("password or client secret"),
            help=N_("The second half of the credentials: the password or the client secret."),
            required=False,
        ),
        Field(
            name="token_url",
            label=N_("Token URL"),
            kind="url",
            help=N_("The address that hands out access tokens."),
            placeholder="https://api.example-pms.com/oauth/token",
            required=False,
        ),
        Field(
            name="key_place",
            label=N_("Where the key travels"),
            kind="choice",
            default="header",
            required=False,
            choices=(
                Choice("header", N_("In a header")),
                Choice("query", N_("In the address")),
                Choice("body", N_("In the JSON body of POST requests")),
            ),
        ),
        Field(
            name="key_name",
            label=N_("Name of the header or parameter"),
            default="X-Api-Key",
            pattern=r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}",
            required=False,
        ),
        Field(
            name="key_prefix",
            label=N_("Text before the key"),
            help=N_("Some APIs want a word before the key, for example “Token”. Usually empty."),
            pattern=r"[\x20-\x7e]{0,32}",
            required=False,
        ),
        Field(
            name="property_id",
            label=N_("Property/Hotel ID"),
            help=N_("How the PMS names this hotel in its API. The connection test lists the ones it finds."),
            required=False,
        ),
        Field(
            name="webhook_secret",
            label=N_("Webhook secret"),
            kind="secret",
            vendor_word=N_("signing secret, or password of the webhook"),
            help=N_(
                "Only if the PMS signs its calls to the hub; how it does that stands in the recipe, in “webhook”. "
                "While it is changed, the old and the new one, separated by a blank."
            ),
            required=False,
        ),
        Field(
            name="recipe",
            label=N_("Recipe"),
            kind="recipe",
            help=N_("Where the bookings are and what the words of the API mean. Holds no secrets."),
        ),
    ),
    streams=tuple(Stream),
    auth=N_("API key, bearer token, user name and password, OAuth 2 client credentials, or a login"),
    limit=Limit(calls=2, seconds=1.0),
    webhook=WebhookSpec(
        events=tuple((fact.value.replace("booking.", "reservation."), fact.value) for fact in FactType),
        signed=N_(
            "As your recipe says: an HMAC signature, a secret header, a login, or the secret address alone."
        ),
    ),
    proven="simulator",
    sources=("The API documents of your own system",),
)
