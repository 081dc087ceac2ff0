"""What an RMS Cloud connection needs and offers, and the calls that the hub orders there."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.errors import N_
from webapp.integrations.kit.manifest import Choice, EndpointHost, Field, Limit, Manifest, WebhookSpec

BASE_URL = "https://restapi12.rmscloud.com"
DOMAINS = ("rmscloud.com", "rmscloud.cn")
MODULE = "guestServices"
TRAINING = "yes"
_NUMBER = r"\s*[0-9]{1,9}\s*"
_MODULES = r"\s*[A-Za-z]+(\s*,\s*[A-Za-z]+)*\s*"


@dataclass(frozen=True, slots=True)
class Order:
    """One registration at RMS. `fact` is None for what the hub only keeps and shows."""

    entity: str
    action: str
    sub_action: str = ""
    fact: FactType | None = None


ORDERS: Mapping[str, Order] = {
    "reservation.created": Order("reservation", "creation", fact=FactType.BOOKING_CREATED),
    "reservation.updated": Order("reservation", "modification", fact=FactType.BOOKING_UPDATED),
    "reservation.confirmed": Order(
        "reservation", "statusModification", "confirmed", FactType.BOOKING_UPDATED
    ),
    "reservation.unconfirmed": Order(
        "reservation", "statusModification", "unconfirmed", FactType.BOOKING_UPDATED
    ),
    "reservation.cancelled": Order(
        "reservation", "statusModification", "cancelled", FactType.BOOKING_CANCELLED
    ),
    "reservation.noshow": Order("reservation", "statusModification", "noShow", FactType.BOOKING_UPDATED),
    "reservation.balance": Order("reservation", "accountBalanceModification", fact=FactType.BOOKING_UPDATED),
    "guest.checkin": Order("reservation", "statusModification", "arrived", FactType.GUEST_CHECKIN),
    "guest.checkout": Order("reservation", "statusModification", "departed", FactType.GUEST_CHECKOUT),
    "guest.created": Order("guest", "creation"),
    "guest.updated": Order("guest", "modification"),
}
"""By the name that travels in our own header: the body of a call does not say what happened."""


def _host(label: str, number: str, *, ending: str = "com", is_beta: bool = False) -> EndpointHost:
    name = f"betarestapi{number}" if is_beta else f"restapi{number}"
    return EndpointHost(label, f"https://{name}.rmscloud.{ending}", is_stand_in=is_beta)


MANIFEST = Manifest(
    key="rms_cloud",
    family="pms",
    label=N_("RMS Cloud"),
    summary=N_(
        "Bookings, guests, availability and prices of one property of an RMS database, by its REST API."
    ),
    fields=(
        Field(
            name="endpoint_url",
            label=N_("Endpoint URL"),
            kind="url",
            vendor_word=N_("Regional host"),
            help=N_(
                "Any host of the hotel's region. The hub asks there for the one that holds the hotel's database, and "
                "follows when it is moved."
            ),
            default=BASE_URL,
            placeholder=BASE_URL,
        ),
        Field(
            name="agent_id",
            label=N_("Agent ID"),
            vendor_word=N_("Agent ID"),
            help=N_(
                "A number. RMS gives it to the partner after apisupport@rmscloud.com approved the access."
            ),
            pattern=_NUMBER,
        ),
        Field(
            name="api_key",
            label=N_("API Key"),
            kind="secret",
            vendor_word=N_("Agent password"),
            help=N_("Comes from RMS together with the agent ID."),
        ),
        Field(
            name="client_id",
            label=N_("Client ID"),
            vendor_word=N_("RMS client number"),
            help=N_("The number of the hotel's RMS database. The hotel knows it from its login."),
            pattern=_NUMBER,
        ),
        Field(
            name="api_secret",
            label=N_("API Secret"),
            kind="secret",
            vendor_word=N_("Client password, or Web Service password"),
            help=N_("The hotel has it from RMS. It is not the password of any user."),
        ),
        Field(
            name="property_id",
            label=N_("Property/Hotel ID"),
            vendor_word=N_("Property ID"),
            help=N_(
                "The small internal number (1, 2, 3…), not the client number. The connection test lists the "
                "properties there are: enter 1 if you do not know it."
            ),
            pattern=_NUMBER,
        ),
        Field(
            name="module_type",
            label=N_("Modules"),
            vendor_word=N_("Module type"),
            help=N_("As RMS told the partner. Several with commas between them."),
            default=MODULE,
            pattern=_MODULES,
        ),
        Field(
            name="training",
            label=N_("Database"),
            kind="choice",
            vendor_word=N_("Use training database"),
            help=N_("RMS makes no webhook calls from a training database."),
            default="no",
            choices=(
                Choice("no", N_("The hotel's own")),
                Choice(TRAINING, N_("The hotel's training copy, which never calls webhooks")),
            ),
        ),
        Field(
            name="online_agent",
            label=N_("Online agent"),
            vendor_word=N_("Online agent"),
            help=N_("The number of the channel whose prices are read. Empty: the first one."),
            required=False,
            pattern=_NUMBER,
        ),
        Field(
            name="currency",
            label=N_("Currency"),
            help=N_("Three letters. Only if the connection test cannot tell it from RMS."),
            required=False,
            pattern=r"\s*[A-Za-z]{3}\s*",
        ),
        Field(
            name="time_zone",
            label=N_("Time zone"),
            help=N_("Such as Australia/Sydney. Only if the connection test cannot tell it from RMS."),
            required=False,
            pattern=r"\s*[A-Za-z_+\-0-9]+(/[A-Za-z_+\-0-9]+)*\s*",
        ),
    ),
    streams=tuple(Stream),
    auth=N_("Agent and client, each with a password, for a token that lasts 24 hours"),
    endpoints=(
        _host(N_("Australia (8)"), "8"),
        _host(N_("Australia (12)"), "12"),
        _host(N_("Europe (11)"), "11"),
        _host(N_("Europe (14)"), "14"),
        _host(N_("USA (13)"), "13"),
        _host(N_("China (9)"), "9", ending="cn"),
        _host(N_("Beta and partner sandbox, Australia (8)"), "8", is_beta=True),
        _host(N_("Beta and partner sandbox, Australia (12)"), "12", is_beta=True),
        _host(N_("Beta and partner sandbox, Europe (11)"), "11", is_beta=True),
        _host(N_("Beta and partner sandbox, USA (13)"), "13", is_beta=True),
        _host(N_("Beta and partner sandbox, Europe (14)"), "14", is_beta=True),
    ),
    endpoint_domains=DOMAINS,
    # RMS limits each path by itself; the narrowest one that a sync uses much is 150 calls a minute for guests.
    limit=Limit(calls=20, seconds=10.0),
    webhook=WebhookSpec(
        events=tuple((name, order.fact.value) for name, order in ORDERS.items() if order.fact),
        signed=N_(
            "A random secret of this address in a header of our own; RMS signs nothing. It does not repeat a call that "
            "was lost, so the sync looks for changes all the same"
        ),
    ),
    proven="contract",
    sources=(
        "RMS REST API 1.4.37.1 (OpenAPI, with its notes on limits)",
        "releasenotes.rmscloud.com, REST API v10.26.105.2 Beta",
        "A public connector guide checked on the RMS partner sandbox, 2026-09-16",
    ),
)
