"""What is wrong with a recipe of the right shape: every place at once, so that the editor can mark them all."""

from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.domain.stream import Stream
from webapp.domain.wording import N_
from webapp.integrations.kit.errors import RecipeWrong
from webapp.integrations.kit.select import is_path

from .booking_mapping import BOOKING_INSTANTS, BOOKING_TEXTS, FLAT_GUEST, GUEST_TEXTS, STAY_FIELDS
from .recipe import Fields, Paging, Recipe, StreamRecipe, Success, parse
from .templates import NAMES, SECRETS, unknown_places
from .values import rule_of

BOOKING_FIELDS = (
    frozenset({"external_id", "status", "currency", "total_amount", "balance_amount", "holds_room"})
    | frozenset(BOOKING_TEXTS)
    | frozenset(BOOKING_INSTANTS)
    | frozenset(FLAT_GUEST)
    | (STAY_FIELDS - {"line"})
)
ALLOWED: Mapping[Stream, frozenset[str]] = {
    Stream.BOOKINGS: BOOKING_FIELDS,
    Stream.CHECK_INS: BOOKING_FIELDS,
    Stream.GUESTS: frozenset(
        {"external_id", "first_name", "last_name", "email", "phone", "country", "language"}
        | {"is_vip", "notes", "updated_at"}
    ),
    Stream.AVAILABILITY: frozenset({"date", "room_type_id", "room_type", "available", "total"}),
    Stream.RATES: frozenset(
        {"date", "rate_plan_id", "rate_plan", "room_type_id", "room_type", "price", "currency", "min_stay"}
        | {"closed_to_arrival", "closed_to_departure"}
    ),
}
REQUIRED: Mapping[Stream, tuple[str, ...]] = {
    Stream.BOOKINGS: ("external_id", "status"),
    Stream.CHECK_INS: ("external_id", "status"),
    Stream.GUESTS: ("external_id",),
    Stream.AVAILABILITY: ("date", "room_type_id", "available"),
    Stream.RATES: ("date", "rate_plan_id", "price"),
}
# Names that a call sets itself or that would speak for somebody else.
_FORBIDDEN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "cookie", "te", "upgrade", "expect"}
)
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "page": ("param",),
    "offset": ("param",),
    "cursor": ("param",),
    "next_link_body": ("path",),
    "last_id": ("param",),
}


def read(document: object) -> Recipe:
    """A recipe that makes sense. Raises RecipeWrong with the first place that does not."""
    recipe = parse(document)
    for problem in problems(recipe):
        raise problem
    return recipe


def all_problems(document: object) -> tuple[RecipeWrong, ...]:
    """Everything wrong with a recipe, for the editor; empty when it may be saved."""
    try:
        recipe = parse(document)
    except RecipeWrong as error:
        return (error,)
    return tuple(problems(recipe))


def problems(recipe: Recipe) -> Iterator[RecipeWrong]:
    try:
        ZoneInfo(recipe.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield RecipeWrong("timezone", N_("This is no time zone; Europe/Zurich is one."))
    yield from _headers(recipe.headers)
    yield from _texts("query", recipe.query, NAMES)
    if recipe.auth.login is not None:
        yield from _path("auth.login.path", recipe.auth.login.path)
        yield from _texts("auth.login.body", _leaves(recipe.auth.login.body), NAMES | SECRETS)
    if recipe.health is not None:
        yield from _path("health.path", recipe.health.path)
        if recipe.health.success is not None:
            yield from _success("health.success", recipe.health.success)
    if recipe.properties is not None:
        yield from _path("properties.path", recipe.properties.path)
    if not recipe.streams:
        yield RecipeWrong("streams", N_("At least one kind of data must be described."))
    if Stream.CHECK_INS in recipe.streams and Stream.BOOKINGS not in recipe.streams:
        yield RecipeWrong("streams.check_ins", N_("Check-ins need the bookings to be described too."))
    yield from _webhook(recipe)
    for stream, source in recipe.streams.items():
        yield from _stream(f"streams.{stream.value}", stream, source, recipe)


def _webhook(recipe: Recipe) -> Iterator[RecipeWrong]:
    hook = recipe.webhook
    if hook is None:
        return
    for name in ("event", "id"):
        if not getattr(hook, name):
            yield RecipeWrong(f"webhook.{name}", N_("The path is missing."))
    for name in ("select", "event", "property", "event_id", "occurred_at"):
        yield from _selector(f"webhook.{name}", getattr(hook, name))
    for path in (hook.id,) if isinstance(hook.id, str) else hook.id:
        yield from _selector("webhook.id", path)
    if not hook.events:
        yield RecipeWrong("webhook.events", N_("Say what at least one of the API's event names means."))
    proof = hook.auth
    if proof.kind in {"header", "hmac"} and not proof.header:
        yield RecipeWrong("webhook.auth.header", N_("The name of the header is missing."))
    if proof.kind == "basic" and not proof.username:
        yield RecipeWrong("webhook.auth.username", N_("The user name is missing."))
    if proof.kind == "hmac" and proof.signed != "raw" and not proof.timestamp_header:
        yield RecipeWrong(
            "webhook.auth.timestamp_header", N_("The name of the header with the time is missing.")
        )
    if proof.kind == "hmac" and proof.signed == "id_timestamp" and not proof.id_header:
        yield RecipeWrong("webhook.auth.id_header", N_("The name of the header with the id is missing."))
    wanted = {Stream.GUESTS if word == "guest.updated" else Stream.BOOKINGS for word in hook.events.values()}
    for stream in sorted(wanted & set(recipe.streams)):
        source = recipe.streams[stream]
        if source.single is None and source.batch is None and set(hook.events.values()) != {"ignore"}:
            yield RecipeWrong(
                f"streams.{stream.value}.single",
                N_("A call only names a record; say how one record is read again (single or batch)."),
            )


def _stream(at: str, stream: Stream, source: StreamRecipe, recipe: Recipe) -> Iterator[RecipeWrong]:
    yield from _path(f"{at}.path", source.path)
    for name, pairs in (
        ("query", source.query),
        ("delta_query", source.delta_query),
        ("stay_query", source.stay_query),
    ):
        yield from _texts(f"{at}.{name}", pairs, NAMES)
    if source.body is not None:
        if source.method == "GET":
            yield RecipeWrong(f"{at}.body", N_("A GET request has no body; use POST."))
        yield from _texts(f"{at}.body", _leaves(source.body), NAMES)
    yield from _selector(f"{at}.select", source.select)
    if source.success is not None:
        yield from _success(f"{at}.success", source.success)
    yield from _paging(f"{at}.pagination", source.pagination, source.method)
    if source.single is not None:
        yield from _path(f"{at}.single.path", source.single.path)
        if "{{id}}" not in source.single.path.replace(" ", ""):
            yield RecipeWrong(f"{at}.single.path", N_("The path must hold {{id}}."))
        yield from _selector(f"{at}.single.select", source.single.select)
    if source.batch is not None and not source.batch.param:
        yield RecipeWrong(f"{at}.batch.param", N_("The name of the parameter is missing."))
    yield from _mapping(at, stream, source, recipe)


def _success(at: str, success: Success) -> Iterator[RecipeWrong]:
    yield from _selector(f"{at}.path", success.path)
    yield from _selector(f"{at}.message", success.message)
    if success.texts and not success.message:
        yield RecipeWrong(f"{at}.message", N_("The path is missing."))


def _mapping(at: str, stream: Stream, source: StreamRecipe, recipe: Recipe) -> Iterator[RecipeWrong]:
    inherits = stream is Stream.CHECK_INS and not source.fields
    if inherits:
        return
    yield from _fields(f"{at}.fields", source.fields, ALLOWED[stream])
    yield from _missing(f"{at}.fields", source.fields, REQUIRED[stream])
    if stream in {Stream.BOOKINGS, Stream.CHECK_INS}:
        yield from _booking_parts(at, source)
    money = {"total_amount", "balance_amount", "price", "nights"} & set(source.fields)
    if money and "currency" not in source.fields and not recipe.currency:
        yield RecipeWrong(
            f"{at}.fields.currency",
            N_("Amounts need a currency: map it, or set “currency” at the top of the recipe."),
        )


def _booking_parts(at: str, source: StreamRecipe) -> Iterator[RecipeWrong]:
    if source.stays is None:
        yield from _missing(f"{at}.fields", source.fields, ("arrival", "departure"))
    else:
        yield from _selector(f"{at}.stays.select", source.stays.select)
        yield from _fields(f"{at}.stays.fields", source.stays.fields, STAY_FIELDS | {"status"})
        yield from _missing(f"{at}.stays.fields", source.stays.fields, ("arrival", "departure"))
        if ("arrival" in source.fields) != ("departure" in source.fields):
            yield RecipeWrong(
                f"{at}.fields", N_("Map arrival and departure together, or leave both to the stays.")
            )
    if source.guests is not None:
        yield from _selector(f"{at}.guests.select", source.guests.select)
        yield from _fields(
            f"{at}.guests.fields", source.guests.fields, frozenset(GUEST_TEXTS) | {"is_checked_in"}
        )


def _fields(at: str, fields: Fields, allowed: frozenset[str]) -> Iterator[RecipeWrong]:
    for name, source in fields.items():
        if name not in allowed:
            yield RecipeWrong(
                f"{at}.{name}",
                N_("The hub has no such field. Possible: %(names)s."),
                names=", ".join(sorted(allowed - set(fields))),
            )
            continue
        rule = rule_of(source)
        paths = [*([rule.path] if rule.path is not None else []), *rule.paths]
        if not paths and rule.const is None:
            yield RecipeWrong(f"{at}.{name}", N_("Say where the value comes from: a path, paths or const."))
        for path in paths:
            if not path or not is_path(path):
                yield RecipeWrong(
                    f"{at}.{name}", N_("“%(path)s” is not a path; guest.name is one."), path=path
                )


def _missing(at: str, fields: Fields, required: Sequence[str]) -> Iterator[RecipeWrong]:
    for name in required:
        if name not in fields:
            yield RecipeWrong(f"{at}.{name}", N_("This field must be mapped."))


def _paging(at: str, paging: Paging, method: str) -> Iterator[RecipeWrong]:
    for name in _NEEDS.get(paging.kind, ()):
        if not getattr(paging, name):
            yield RecipeWrong(f"{at}.{name}", N_("Paging by %(kind)s needs it."), kind=paging.kind)
    if paging.kind == "cursor" and bool(paging.path) == bool(paging.header):
        yield RecipeWrong(at, N_("A cursor comes either from a path in the body or from a header."))
    if paging.place == "body" and method != "POST":
        yield RecipeWrong(f"{at}.place", N_("Only a POST request has a body."))
    for name in ("path", "total_path", "total_pages_path", "has_more_path"):
        yield from _selector(f"{at}.{name}", getattr(paging, name))


def _path(at: str, path: str) -> Iterator[RecipeWrong]:
    """A place under the endpoint URL: no other server, no way out of it."""
    if not path.strip("/"):
        yield RecipeWrong(at, N_("The path is missing."))
    elif "://" in path or path.startswith("//") or "\\" in path:
        yield RecipeWrong(at, N_("Only the part after the endpoint URL belongs here."))
    elif ".." in path or any(character.isspace() for character in path.replace("{{ ", "").replace(" }}", "")):
        yield RecipeWrong(at, N_("The path holds blanks or dots that lead elsewhere."))
    elif "?" in path or "#" in path:
        yield RecipeWrong(at, N_("Parameters belong into “query”."))
    for place in unknown_places(path, NAMES):
        yield _unknown(at, place, NAMES)


def _selector(at: str, path: str) -> Iterator[RecipeWrong]:
    if path and not is_path(path):
        yield RecipeWrong(at, N_("“%(path)s” is not a path; data.items is one."), path=path)


def _headers(headers: Mapping[str, str]) -> Iterator[RecipeWrong]:
    for name, value in headers.items():
        at = f"headers.{name}"
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            yield RecipeWrong(at, N_("This is no name of a header."))
        elif name.lower() in _FORBIDDEN_HEADERS:
            yield RecipeWrong(at, N_("The hub sets this header itself."))
        if not value.isprintable() or not value.isascii():
            yield RecipeWrong(at, N_("The value holds a line break or a character that no header can carry."))
        for place in unknown_places(value, NAMES | SECRETS):
            yield _unknown(at, place, NAMES | SECRETS)


def _texts(at: str, pairs: Mapping[str, object], allowed: frozenset[str]) -> Iterator[RecipeWrong]:
    for name, value in pairs.items():
        if isinstance(value, str):
            for place in unknown_places(value, allowed):
                yield _unknown(f"{at}.{name}", place, allowed)


def _unknown(at: str, place: str, allowed: frozenset[str]) -> RecipeWrong:
    if place.startswith("secret."):
        return RecipeWrong(at, N_("A secret may only stand in a header or in the body of a login."))
    possible = ", ".join(sorted(allowed))
    return RecipeWrong(at, N_("There is no “%(place)s”. Possible: %(names)s."), place=place, names=possible)


def _leaves(value: object, at: str = "") -> dict[str, object]:
    """Every plain value inside JSON by its path."""
    if isinstance(value, dict):
        pairs = [(f"{at}.{key}" if at else str(key), item) for key, item in value.items()]
    elif isinstance(value, list):
        pairs = [(f"{at}[{number}]", item) for number, item in enumerate(value)]
    else:
        return {at: value}
    return {name: leaf for key, item in pairs for name, leaf in _leaves(item, key).items()}
