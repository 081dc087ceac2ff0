"""What a Mews connection needs: an environment, two tokens, and what the Connector API offers and allows."""

from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.errors import N_
from webapp.integrations.kit.manifest import EndpointHost, Field, Letter, Limit, Manifest, WebhookSpec

PRODUCTION = "https://api.mews.com"
DEMO = "https://api.mews-demo.com"

LETTER_SUBJECT = "General webhook for the Connector API integration of %(hotel)s"
LETTER_BODY = """Hello,

please set up a general webhook for our Connector API integration.

Enterprise id: %(account)s
Webhook URL: %(url)s
Events: Service Order (ServiceOrderUpdated), Customer (CustomerAdded, CustomerUpdated)

The URL holds a secret, so please do not show it to others.
It answers within five seconds. Please write to us when the webhook is active.

Thank you,
%(hotel)s
"""
"""In English: it is for the support of Mews, not for the reader of the page."""

MANIFEST = Manifest(
    key="mews",
    family="pms",
    label="Mews",
    summary=N_("The Mews Connector API: bookings, guests, availability and prices of one enterprise."),
    fields=(
        Field(
            name="endpoint_url",
            label=N_("Endpoint URL"),
            kind="url",
            vendor_word=N_("environment"),
            help=N_("Production for your hotel; demo only for tests with the public tokens of Mews."),
            default=PRODUCTION,
        ),
        Field(
            name="api_key",
            label=N_("API Key"),
            kind="secret",
            vendor_word=N_("Access token"),
            help=N_(
                "In Mews Operations: Main menu > Marketplace > My subscriptions, then this integration. One token "
                "belongs to one hotel."
            ),
        ),
        Field(
            name="api_secret",
            label=N_("API Secret"),
            kind="secret",
            vendor_word=N_("Client token"),
            help=N_(
                "Names the application. Mews sends it when the integration is set up; demo and production have "
                "different ones."
            ),
        ),
        Field(
            name="property_id",
            label=N_("Property/Hotel ID"),
            vendor_word=N_("Enterprise id"),
            help=N_(
                "May stay empty: the access token is made for one hotel. If given, it must be that hotel's; a "
                "portfolio token needs it. The connection test shows it."
            ),
            required=False,
            pattern=r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
        ),
        Field(
            name="webhook_secret",
            label=N_("Webhook secret"),
            kind="secret",
            vendor_word=N_("secret in the webhook URL"),
            help=N_(
                "Only if Mews calls the hub's common webhook address: what stands there after “?secret=”. While it "
                "is changed, the old and the new one, separated by a blank."
            ),
            required=False,
        ),
    ),
    streams=tuple(Stream),
    auth=N_("Access token and client token, in the body of every call"),
    endpoints=(
        EndpointHost(N_("Production"), PRODUCTION),
        EndpointHost(N_("Demo (shared, never for real guests)"), DEMO, is_stand_in=True),
    ),
    limit=Limit(calls=200, seconds=30.0),
    webhook=WebhookSpec(
        # One event for every change of a booking: what happened shows when it is read again.
        events=tuple(("ServiceOrderUpdated", fact.value) for fact in FactType),
        signed=N_("Mews signs nothing; the secret is part of the address it calls"),
        address_is_proof=True,
        letter=Letter(N_("Mews support"), LETTER_SUBJECT, LETTER_BODY),
    ),
    proven="contract",
    status_page="https://status.mews.com",
    sources=(
        "docs.mews.com/connector-api, as of 2026-08-07",
        "Published description of the Connector API (OpenAPI), as of 2026-08-22",
    ),
)
