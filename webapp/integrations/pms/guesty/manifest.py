"""What a Guesty connection needs and offers, and the dates on which older parts of the Open API end."""

from datetime import date

from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.errors import N_
from webapp.integrations.kit.manifest import (
    Choice,
    EndpointHost,
    Field,
    Limit,
    Manifest,
    ScarceTokens,
    WebhookSpec,
)

BASE_URL = "https://open-api.guesty.com/v1"
LEGACY_ENDS = date(2027, 3, 1)
"""From this day on the older reservations API does not answer (Guesty's changelog, 2026-11-05)."""
V3, LEGACY = "v3", "legacy"

RESERVATION_EVENTS: dict[str, FactType] = {
    "reservation.created.v2": FactType.BOOKING_CREATED,
    "reservation.updated.v2": FactType.BOOKING_UPDATED,
}
OLD_EVENTS: dict[str, FactType] = {
    "reservation.new": FactType.BOOKING_CREATED,
    "reservation.updated": FactType.BOOKING_UPDATED,
    "reservation_update_shortlist": FactType.BOOKING_UPDATED,
}
"""Understood where they still come; they end with 2026, and new orders of them are refused."""
GUEST_EVENTS = ("guest.created", "guest.updated", "guest.deleted")
OTHER_EVENTS = ("listing.new", "listing.updated", "listing.removed", "calendar.updated.v2")
ORDERED = (*RESERVATION_EVENTS, *GUEST_EVENTS, *OTHER_EVENTS)
"""What the hub orders from Guesty."""

_IDS = r"\s*[0-9A-Fa-f]{24}(\s*,\s*[0-9A-Fa-f]{24})*\s*"

MANIFEST = Manifest(
    key="guesty",
    family="pms",
    label=N_("Guesty"),
    summary=N_(
        "Bookings, guests, calendars and prices of the listings of one Guesty account, by its Open API."
    ),
    fields=(
        Field(
            name="endpoint_url",
            label=N_("Endpoint URL"),
            kind="url",
            vendor_word=N_("Open API"),
            help=N_(
                "The same for every account. The booking engine and the old platform have other addresses."
            ),
            default=BASE_URL,
            placeholder=BASE_URL,
        ),
        Field(
            name="api_key",
            label=N_("API Key"),
            kind="secret",
            vendor_word=N_("Client ID"),
            help=N_(
                "Integrations > Developer tools (API and webhooks) > OAuth applications. Make one for this hub alone: "
                "Guesty gives each only five access tokens a day."
            ),
        ),
        Field(
            name="api_secret",
            label=N_("API Secret"),
            kind="secret",
            vendor_word=N_("Client secret"),
            help=N_("Stands beside the client ID, and is shown only once."),
        ),
        Field(
            name="property_id",
            label=N_("Property/Hotel ID"),
            vendor_word=N_("Listing ID"),
            help=N_(
                "Empty: all listings of the account. Else one or several listing IDs with commas between them; the "
                "connection test lists them."
            ),
            required=False,
            pattern=_IDS,
        ),
        Field(
            name="reservations_api",
            label=N_("Reservations API"),
            kind="choice",
            vendor_word=N_("Reservations API"),
            help=N_(
                "Version 3 is the current one. The older one ends on 1 March 2027; choose it only if the connection "
                "test or the log says that version 3 leaves out bookings."
            ),
            default=V3,
            choices=(
                Choice(V3, N_("Version 3 (recommended)")),
                Choice(LEGACY, N_("Older version, ends on 1 March 2027")),
            ),
        ),
        Field(
            name="derive_check_ins",
            label=N_("Check-ins and check-outs"),
            kind="choice",
            help=N_(
                "Many hosts never mark their guests as checked in. Then the hub can take the planned times instead; "
                "such a booking says “derived”."
            ),
            default="no",
            choices=(
                Choice("no", N_("As marked in Guesty")),
                Choice("yes", N_("Derived from the planned times where nothing is marked")),
            ),
        ),
        Field(
            name="webhook_secret",
            label=N_("Webhook secret"),
            kind="secret",
            vendor_word=N_("Signing secret"),
            help=N_(
                "May stay empty: the hub fetches it when it orders the calls. Only for a webhook that somebody else "
                "made; it begins with whsec_."
            ),
            required=False,
        ),
    ),
    streams=tuple(Stream),
    auth=N_("Client ID and client secret for a token that lasts 24 hours; at most five a day"),
    endpoints=(EndpointHost(N_("Guesty Open API"), BASE_URL),),
    # Guesty allows 120 a minute and 5,000 an hour, and does not say whether for the account or the application.
    limit=Limit(calls=60, seconds=60.0),
    scarce_tokens=ScarceTokens(
        calls=5,
        seconds=86_400.0,
        client_field="api_key",
        secret_field="api_secret",  # noqa: S106 - a field's name
    ),
    webhook=WebhookSpec(
        events=tuple((name, fact.value) for name, fact in RESERVATION_EVENTS.items()),
        signed=N_("Svix: HMAC-SHA256 with a secret of this address; the hub fetches it by itself"),
    ),
    proven="contract",
    status_page="https://status.guesty.com",
    sources=(
        "open-api-docs.guesty.com: authentication, rate limits, errors, webhooks, reservation migration, 2026-11",
        "Guesty's changelog, entries 2026-03-12 to 2026-11-19",
        "Published description of the Open API (OpenAPI), mid-2024",
    ),
)
