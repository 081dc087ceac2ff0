"""What a Cloudbeds connection needs and offers."""

from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.errors import N_
from webapp.integrations.kit.manifest import (
    Choice,
    EndpointHost,
    Field,
    Limit,
    Manifest,
    OAuthSpec,
    WebhookSpec,
)

CHANGED = FactType.BOOKING_UPDATED
EVENTS: dict[str, FactType] = {
    "reservation/created": FactType.BOOKING_CREATED,
    "reservation/deleted": FactType.BOOKING_CANCELLED,
    "reservation/status_changed": CHANGED,
    "reservation/dates_changed": CHANGED,
    "reservation/accommodation_changed": CHANGED,
    "reservation/accommodation_type_changed": CHANGED,
    "reservation/accommodation_status_changed": CHANGED,
    "reservation/accommodation_removed": CHANGED,
    "reservation/notes_changed": CHANGED,
    "reservation/custom_fields_changed": CHANGED,
    "guest/details_changed": CHANGED,
    "guest/assigned": CHANGED,
    "guest/removed": CHANGED,
    "guest/accommodation_changed": CHANGED,
}
"""What the hub orders from Cloudbeds: vendor event -> what it announces unless STATUSES know better."""

STATUSES: dict[str, FactType] = {
    "canceled": FactType.BOOKING_CANCELLED,
    "cancelled": FactType.BOOKING_CANCELLED,
    "checked_in": FactType.GUEST_CHECKIN,
    "in_house": FactType.GUEST_CHECKIN,
    "checked_out": FactType.GUEST_CHECKOUT,
}
"""The status that an event brings along -> what it announces; the others are updates."""

SCOPES = ("read:hotel", "read:reservation", "read:guest", "read:room", "read:rate")
"""The permissions that the hub needs, as Cloudbeds names them."""

BASE_URL = "https://api.cloudbeds.com/api/v1.3"

MANIFEST = Manifest(
    key="cloudbeds",
    family="pms",
    label=N_("Cloudbeds"),
    summary=N_(
        "Bookings, guests, rooms and rates of one property, by an API key that the hotel makes itself."
    ),
    fields=(
        Field(
            name="endpoint_url",
            label=N_("Endpoint URL"),
            kind="url",
            vendor_word=N_("API base URL"),
            help=N_("The same for every property; a property on another server is found by itself."),
            default=BASE_URL,
            placeholder=BASE_URL,
        ),
        Field(
            name="auth_kind",
            label=N_("How the hub proves who it is"),
            kind="choice",
            help=N_(
                "An API key is what a hotel makes for itself. OAuth is for an app that a partner registered."
            ),
            default="api_key",
            choices=(
                Choice("api_key", N_("API key (recommended)"), ("api_key",)),
                Choice("oauth", N_("OAuth 2 app"), ("client_id", "api_secret", "refresh_token")),
                Choice(
                    "app_key",
                    N_("App whose API key comes with the approval"),
                    ("client_id", "api_secret", "api_key"),
                ),
            ),
        ),
        Field(
            name="api_key",
            label=N_("API Key"),
            kind="secret",
            vendor_word=N_("API key"),
            help=N_(
                "Account menu > Apps & Marketplace > API Credentials > New Credentials. It begins with cbat_ and "
                "is shown once. For an app, “Connect with Cloudbeds” fills it."
            ),
            required=False,
        ),
        Field(
            name="client_id",
            label=N_("Client id"),
            vendor_word=N_("Client ID"),
            help=N_("Of the app, in the credentials that Cloudbeds gave its partner."),
            required=False,
        ),
        Field(
            name="api_secret",
            label=N_("API Secret"),
            kind="secret",
            vendor_word=N_("Client Secret"),
            help=N_("Of the app. A connection by API key has none."),
            required=False,
        ),
        Field(
            name="refresh_token",
            label=N_("Refresh token"),
            kind="secret",
            vendor_word=N_("refresh_token"),
            help=N_(
                "“Connect with Cloudbeds” fills it. Or enter what the app received when the hotel approved it. The hub "
                "renews it by itself."
            ),
            required=False,
        ),
        Field(
            name="property_id",
            label=N_("Property/Hotel ID"),
            vendor_word=N_("propertyID"),
            help=N_(
                "The number in the address bar of Cloudbeds, after /connect/. May stay empty for a key of a single "
                "property; the connection test lists the ones it finds."
            ),
            placeholder="123456",
            pattern=r"[0-9]{1,20}",
            required=False,
        ),
    ),
    streams=tuple(Stream),
    auth=N_("API key, or OAuth 2 with a refresh token"),
    approvals=(
        OAuthSpec(
            choice=("auth_kind", "oauth"),
            page_path="oauth",
            exchange_path="access_token",
            scopes=SCOPES,
            app_id="client_id",
            app_proof="api_secret",
            fills="refresh_token",
            answer_path="refresh_token",
        ),
        OAuthSpec(
            choice=("auth_kind", "app_key"),
            page_path="oauth",
            exchange_path="access_token",
            scopes=SCOPES,
            app_id="client_id",
            app_proof="api_secret",
            fills="api_key",
            answer_path="access_token",
            grant="urn:ietf:params:oauth:grant-type:api-key",
        ),
    ),
    # One host for all regions, and no sandbox host: partners are given a test property on this one.
    endpoints=(EndpointHost(N_("Cloudbeds (all regions)"), BASE_URL),),
    # The documents say 5 a second for a key of a hotel in one place and 10 in another, and speak of blocking.
    limit=Limit(calls=3, seconds=1.0),
    webhook=WebhookSpec(
        events=(
            *((name, fact.value) for name, fact in EVENTS.items()),
            *((f"reservation/status_changed={word}", fact.value) for word, fact in STATUSES.items()),
        ),
        signed=N_(
            "Not signed: a secret part of the address tells the calls that are meant for this connection."
        ),
        address_is_proof=True,
        silent=("balance_minor",),
    ),
    proven="contract",
    status_page="https://status.cloudbeds.com",
    sources=(
        "Cloudbeds OpenAPI 1.3, github.com/cloudbeds/openapi-specs, 2026-08-20",
        "developers.cloudbeds.com: quick start, API keys, tech specs, common API errors, webhooks, 2026-11",
    ),
)
