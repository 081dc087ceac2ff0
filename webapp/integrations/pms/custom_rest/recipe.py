"""The recipe: how an admin describes a REST API. Its shape, and reading it from JSON."""

from typing import Annotated, Any, Literal

import msgspec

from webapp.domain.stream import Stream
from webapp.domain.wording import N_
from webapp.integrations.kit.answer import place_of
from webapp.integrations.kit.errors import RecipeWrong

from .complaints import shape_problem

MAX_BYTES = 64_000

Scalar = str | int | float | bool
Path = Annotated[str, msgspec.Meta(max_length=200)]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=1440)]
Transform = Literal[
    "text", "trim", "upper", "lower", "split_first", "split_last", "decimal_comma", "from_minor_units", "bool"
]
DateFormat = Literal["YYYY-MM-DD", "YYYYMMDD", "DD.MM.YYYY", "DD/MM/YYYY", "DD-MM-YYYY", "MM/DD/YYYY"]
InstantFormat = Literal["iso", "local", "date", "epoch", "epoch_ms"]
Target = Literal[
    "inquiry", "confirmed", "checked_in", "checked_out", "cancelled", "no_show", "hold", "ignore"
]
Refusal = Literal["credentials", "permission", "not_found", "rate_limit", "unavailable"]
Happening = Literal[
    "reservation.created",
    "reservation.updated",
    "reservation.cancelled",
    "guest.checkin",
    "guest.checkout",
    "guest.updated",
    "ignore",
]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Every part of a recipe refuses names it does not know, so that a typing mistake is told and not ignored."""


class FieldRule(Part, frozen=True):
    """Where a value comes from: the first non-empty of `path` and `paths`, or `const`; then what is done to it."""

    path: Path | None = None
    paths: tuple[Path, ...] = ()
    const: Scalar | None = None
    transform: Transform | tuple[Transform, ...] = ()
    map: dict[str, Scalar] = {}
    format: DateFormat | None = None


FieldSource = Path | tuple[Path, ...] | FieldRule
Fields = dict[str, FieldSource]


class Success(Part, frozen=True):
    """Some APIs answer 200 to say no: the value that must stand at `path`. Pieces of the text at `message` tell why;
    small and capital letters are one, and a refusal without such a piece is an answer that was not understood."""

    path: Path
    equals: Scalar
    message: Path = ""
    texts: dict[Refusal, tuple[Annotated[str, msgspec.Meta(min_length=2, max_length=100)], ...]] = {}


class Paging(Part, frozen=True):
    """How to get the next page; which settings matter depends on `kind` (see the guide)."""

    kind: Literal["none", "page", "offset", "cursor", "next_link_body", "next_link_header", "last_id"] = (
        "none"
    )
    param: str = ""
    first: Annotated[int, msgspec.Meta(ge=0, le=1)] = 1
    size_param: str = ""
    size: Annotated[int, msgspec.Meta(ge=1, le=5000)] = 100
    path: Path = ""
    header: str = ""
    total_path: Path = ""
    total_pages_path: Path = ""
    has_more_path: Path = ""
    place: Literal["query", "body"] = "query"


class Nested(Part, frozen=True):
    """A list inside a record (the stays or the guests of a booking)."""

    select: Path
    fields: Fields


class Single(Part, frozen=True):
    """Reading one record again by its id."""

    path: str
    select: Path = ""


class Batch(Part, frozen=True):
    """Reading several records again in one call, by a list of ids in one parameter."""

    param: str
    separator: str = ","
    most: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50


class Incremental(Part, frozen=True):
    """How `{{since}}` and `{{until}}` are written, and how far back each delta reaches again."""

    format: InstantFormat = "iso"
    overlap_minutes: Minutes = 10


class StreamRecipe(Part, frozen=True):
    """One kind of data. `query` goes along always, `delta_query` when asking for changes, `stay_query` when
    asking for days; a pair whose placeholder has no value is left out."""

    path: str
    method: Literal["GET", "POST"] = "GET"
    query: dict[str, Scalar] = {}
    delta_query: dict[str, Scalar] = {}
    stay_query: dict[str, Scalar] = {}
    body: dict[str, Any] | None = None
    select: Path = ""
    success: Success | None = None
    pagination: Paging = Paging()
    incremental: Incremental = Incremental()
    step_days: Annotated[int, msgspec.Meta(ge=0, le=400)] = 0
    single: Single | None = None
    batch: Batch | None = None
    fields: Fields = {}
    stays: Nested | None = None
    guests: Nested | None = None
    status_map: dict[str, Target] = {}


class Login(Part, frozen=True):
    """A call that gives a token: the body may hold `{{secret.api_secret}}` and `{{username}}`."""

    path: str
    body_format: Literal["json", "form"] = "json"
    body: dict[str, Any] = {}
    token_path: Path = "token"  # noqa: S105 - a path
    expires_path: Path = ""
    name: str = "Authorization"
    prefix: str = "Bearer "


class AuthDetails(Part, frozen=True):
    """What the form does not ask: details of tokens, with the defaults of OAuth 2."""

    scope: str = ""
    client_auth: Literal["body", "basic"] = "body"
    extra: dict[str, str] = {}
    token_path: Path = "access_token"  # noqa: S105 - a path
    expires_path: Path = "expires_in"
    lifetime_seconds: Annotated[int, msgspec.Meta(ge=1, le=31_536_000)] = 3600
    login: Login | None = None


class Health(Part, frozen=True):
    """A cheap call that shows whether the credentials are good."""

    path: str
    success: Success | None = None


class PropertyList(Part, frozen=True):
    """Where the API lists the hotels of a key, or shows the one with `{{property_id}}` in the path."""

    path: str
    select: Path = ""
    id: Path = "id"
    name: Path = "name"


class WebhookProof(Part, frozen=True):
    """How calls prove where they come from; the secret is the form's, so that a recipe can be shared.

    none: the secret address is the proof; header: the secret stands in one; basic: user name and secret;
    hmac: a signature over the body, the body with its time, or the body with id and time.
    """

    kind: Literal["none", "header", "basic", "hmac"] = "none"
    header: str = ""
    username: str = ""
    algorithm: Literal["sha256", "sha1"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    key: Literal["text", "base64"] = "text"
    prefix: str = ""
    signed: Literal["raw", "timestamp", "id_timestamp"] = "raw"
    timestamp_header: str = ""
    id_header: str = ""
    tolerance_seconds: Annotated[int, msgspec.Meta(ge=10, le=3600)] = 300


class WebhookRecipe(Part, frozen=True):
    """What the API's own calls to the hub say: paths inside the body, or inside each event at `select`."""

    event: Path
    id: Path | tuple[Path, ...]
    events: dict[str, Happening]
    auth: WebhookProof = WebhookProof()
    select: Path = ""
    property: Path = ""
    event_id: Path = ""
    event_id_header: str = ""
    occurred_at: Path = ""


class Limits(Part, frozen=True):
    """Calls per second and per minute (0: no limit), pages of one walk, and the header that tells how long to wait
    where it is not a usual one: seconds, a unix time or a date."""

    per_second: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 2
    per_minute: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 0
    max_pages: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1000
    retry_after_header: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{0,80}$")] = ""


class Recipe(Part, frozen=True):
    """The whole description of an API; holds no secrets, so that hotels may share it."""

    version: Literal[1]
    streams: dict[Stream, StreamRecipe]
    name: str = ""
    timezone: str = "UTC"
    currency: Annotated[str, msgspec.Meta(pattern=r"^([A-Z]{3})?$")] = ""
    date_format: DateFormat = "YYYY-MM-DD"
    date_formats: tuple[DateFormat, ...] = ("YYYY-MM-DD",)
    headers: dict[str, str] = {}
    query: dict[str, Scalar] = {}
    auth: AuthDetails = AuthDetails()
    health: Health | None = None
    properties: PropertyList | None = None
    webhook: WebhookRecipe | None = None
    limits: Limits = Limits()


def parse(document: object) -> Recipe:
    """A recipe out of JSON text, bytes or decoded JSON, its shape checked but not its sense (see `problems`).

    Raises RecipeWrong with the place.
    """
    try:
        if isinstance(document, str | bytes):
            raw = document.encode() if isinstance(document, str) else document
            if len(raw) > MAX_BYTES:
                raise RecipeWrong("recipe", N_("It is larger than %(size)s kB."), size=MAX_BYTES // 1000)
            return msgspec.json.decode(raw, type=Recipe)
        return msgspec.convert(document, Recipe)
    except msgspec.ValidationError as error:
        raise shape_problem(place_of(error) or "recipe", str(error).partition(" - at `")[0]) from None
    except msgspec.DecodeError as error:
        raise RecipeWrong("recipe", N_("This is not JSON: %(said)s."), said=error) from None


def dump(recipe: Recipe) -> str:
    """Pretty JSON, without what has its default."""
    return msgspec.json.format(msgspec.json.encode(recipe), indent=2).decode()


def asked_source(recipe: Recipe, stream: Stream) -> StreamRecipe:
    """Where a stream is asked: check-ins without a place of their own are bookings by days."""
    source = recipe.streams.get(stream)
    if source is None and stream is Stream.CHECK_INS:
        source = recipe.streams.get(Stream.BOOKINGS)
    if source is None:
        raise RecipeWrong(f"streams.{stream.value}", N_("The recipe does not describe this kind of data."))
    return source


def mapping_source(recipe: Recipe, stream: Stream) -> StreamRecipe:
    """How a stream is mapped: check-ins without fields of their own like bookings."""
    source = asked_source(recipe, stream)
    return source if source.fields else recipe.streams.get(Stream.BOOKINGS, source)
