"""What an OPERA Cloud connection needs: a gateway, an application key, one of two ways to sign in, and a hotel code."""

from webapp.domain.stream import Stream
from webapp.integrations.kit.errors import N_
from webapp.integrations.kit.manifest import Choice, Field, Limit, Manifest

SCOPE = "urn:opc:hgbu:ws:__myscopes__"
OCIM, SSD = "ocim", "ssd"
PHYSICAL, SELLABLE = "physical", "sellable"
_CLIENT_ID = r"[0-9A-Za-z][0-9A-Za-z_.@-]{0,99}"

MANIFEST = Manifest(
    key="opera_cloud",
    family="pms",
    label=N_("Opera Cloud (Oracle)"),
    summary=N_(
        "OPERA Cloud through the Oracle Hospitality Integration Platform (OHIP): one hotel of a chain."
    ),
    fields=(
        Field(
            name="endpoint_url",
            label=N_("Endpoint URL"),
            kind="url",
            vendor_word=N_("Gateway URL"),
            help=N_(
                "On the card of your environment in the OHIP Developer Portal. Every customer has an own one."
            ),
            placeholder="https://tenant.hospitality-api.region.ocs.oraclecloud.com",
        ),
        Field(
            name="api_key",
            label=N_("API Key"),
            kind="secret",
            vendor_word=N_("Application key"),
            help=N_(
                "Names the application that your hotel has approved; test and production have different ones. In the "
                "Developer Portal: Applications, then the application."
            ),
        ),
        Field(
            name="auth_kind",
            label=N_("How the hub signs in"),
            kind="choice",
            help=N_("OCIM, unless your environment has not been moved to Oracle's identity service yet."),
            default=OCIM,
            choices=(
                Choice(OCIM, N_("OCIM: client credentials"), ("enterprise_id", "scope")),
                Choice(SSD, N_("SSD: integration user"), ("username", "user_password")),
            ),
        ),
        Field(
            name="client_id",
            label=N_("Client id"),
            vendor_word=N_("Client ID"),
            help=N_("Of the environment, on its card in the Developer Portal."),
            pattern=_CLIENT_ID,
        ),
        Field(
            name="api_secret",
            label=N_("API Secret"),
            kind="secret",
            vendor_word=N_("Client secret"),
            help=N_("Of the environment, beside the client id."),
        ),
        Field(
            name="enterprise_id",
            label=N_("Enterprise id"),
            vendor_word=N_("Enterprise ID"),
            help=N_("Up to eight capital letters and digits, on the card of the environment."),
            required=False,
            pattern=r"[A-Z0-9]{1,8}",
        ),
        Field(
            name="scope",
            label=N_("Scope"),
            vendor_word=N_("Scope"),
            help=N_("Copy it from the card of the environment. There are two underscores on each side."),
            required=False,
            default=SCOPE,
        ),
        Field(
            name="username",
            label=N_("Integration user"),
            vendor_word=N_("Integration user"),
            help=N_("The user with the role WSACCESS that was made for the application."),
            required=False,
        ),
        Field(
            name="user_password",
            label=N_("Password of the integration user"),
            kind="secret",
            vendor_word=N_("Password"),
            help=N_("Of the integration user, not of a person."),
            required=False,
        ),
        Field(
            name="property_id",
            label=N_("Property/Hotel ID"),
            vendor_word=N_("Hotel code"),
            help=N_(
                "The short code of the hotel in OPERA Cloud, shown beside its name at the top of every screen."
            ),
            placeholder="HTL1",
            pattern=r"[A-Za-z0-9_-]{1,20}",
        ),
        Field(
            name="external_system",
            label=N_("External system"),
            vendor_word=N_("External System code"),
            help=N_(
                "Only if business events shall bring changes within a minute. It must belong to this hub alone: "
                "reading an event removes it for everybody."
            ),
            required=False,
            pattern=r"[A-Za-z0-9_-]{0,40}",
        ),
        Field(
            name="time_zone",
            label=N_("Time zone of the hotel"),
            vendor_word=N_("Time zone region"),
            help=N_(
                "OPERA writes times by the hotel's own clock. Needed unless the application may read the API "
                "Enterprise Configuration, which tells the zone."
            ),
            placeholder="Europe/Lisbon",
            required=False,
            pattern=r"([A-Za-z]+(/[A-Za-z0-9_+-]+){0,2})?",
        ),
        Field(
            name="counting",
            label=N_("Which rooms count as available"),
            kind="choice",
            help=N_("Whether rooms that OPERA would overbook are counted."),
            default=PHYSICAL,
            choices=(
                Choice(PHYSICAL, N_("Rooms that are there")),
                Choice(SELLABLE, N_("Rooms that can be sold, overbooking included")),
            ),
        ),
    ),
    streams=tuple(Stream),
    auth=N_("OAuth 2: client credentials (OCIM) or an integration user (SSD), with an application key"),
    # The patterns stand in no document of Oracle's, so that the operator may list other hosts.
    endpoint_domains=("ocs.oraclecloud.com", "ocs.oc-test.com"),
    # 50 a second are shared by every partner at the gateway, and all calls are metered.
    limit=Limit(calls=5, seconds=1.0),
    no_webhook_reason=N_(
        "Oracle calls nobody: it keeps a queue of business events, which the hub reads by itself every minute once "
        "an external system is entered for this connection."
    ),
    proven="contract",
    status_page="https://ocistatus.oraclecloud.com",
    sources=(
        "OHIP OpenAPI files, release 26.2, github.com/oracle/hospitality-api-docs, 2026-08",
        "OHIP user guide, docs.oracle.com/en/industries/hospitality/integration-platform/ohipu, 2026-11",
    ),
)
