"""Outgoing webhooks in words: what each event is, how an endpoint fares, how a delivery went, and when it is tried again."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec
from babel import dates

from webapp.domain.outgoing import OutgoingType
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.integrations.kit.posting import USER_AGENT, Posted
from webapp.models import DeliveryState, EndpointState
from webapp.services.delivery_views import AttemptView, DeliveryCount, DeliveryDetail, DeliveryView
from webapp.services.endpoint_checks import host_of
from webapp.services.endpoint_repairs import EndpointTrouble, Repaired
from webapp.services.endpoints import EndpointView

from .context import current_runtime
from .formatting import Age, ago, instant, number
from .i18n import current_locale, ngettext
from .i18n import gettext as _

EVENTS = {
    OutgoingType.BOOKING_CREATED: N_("A booking was stored for the first time, wherever it came from."),
    OutgoingType.BOOKING_UPDATED: N_("Something about it changed; the event names the fields."),
    OutgoingType.BOOKING_CANCELLED: N_("It was cancelled."),
    OutgoingType.GUEST_CHECKIN: N_("A guest moved in, with the room."),
    OutgoingType.GUEST_CHECKOUT: N_("A guest left."),
    OutgoingType.TICKET_CREATED: N_("A support ticket was opened."),
    OutgoingType.TICKET_UPDATED: N_("A ticket was answered, or its status changed."),
    OutgoingType.PAYMENT_SUCCEEDED: N_("A payment succeeded. Sent when a payment provider is connected."),
    OutgoingType.INTEGRATION_DEGRADED: N_("An integration stopped working as it should."),
    OutgoingType.INTEGRATION_RECOVERED: N_("It works again."),
}
STATES = {
    DeliveryState.WAITING: ("info", N_("Waiting")),
    DeliveryState.HELD: ("warn", N_("Held")),
    DeliveryState.DELIVERED: ("ok", N_("Delivered")),
    DeliveryState.DEAD: ("bad", N_("Given up")),
}
ERRORS = {
    "dns": N_("Its name is not found"),
    "connect": N_("No connection"),
    "tls": N_("Its certificate is not accepted"),
    "timeout": N_("No answer within 15 seconds"),
    "blocked": N_("The address is not allowed"),
    "broken": N_("The answer broke off"),
}
REASONS = {
    "person": N_("Switched off by hand. Events that come are held."),
    "gone": N_("Switched off: its receiver answers that it is gone (410). Events that come are held."),
    "failing": N_("Switched off: nothing got through for five days. Events that come are held."),
}
ADVICE = {
    "gone": N_(
        "Whoever runs the receiver took it away. Ask them for the new address and change it, or remove the endpoint."
    ),
    "failing": N_("Look at the receiver: its log, its certificate, its firewall. Then test it here."),
}


class EndpointLine(Value, frozen=True):
    """An endpoint of the table; `note` is why it is not well, `open` what did not arrive."""

    endpoint: EndpointView
    host: str
    tone: str
    state: str
    note: str
    last_success: Age | None
    counted: DeliveryCount
    open: str


class DeliveryLine(Value, frozen=True):
    """A delivery of the table. `result` is how its last try went, `next_try` only of what waits."""

    delivery: DeliveryView
    host: str
    tone: str
    state: str
    result: str
    made: Age | None
    next_try: Age | None
    tries: str
    may_be_sent_again: bool


class Try(Value, frozen=True):
    """One line of the calendar: `wait` after the try before, `total` after the event."""

    number: int
    wait: str
    total: str


class AttemptText(Value, frozen=True):
    at: str
    age: Age | None
    tone: str
    result: str
    ms: int
    answer: str


class DeliveryText(Value, frozen=True):
    """What the drawer shows."""

    line: DeliveryLine
    headers: tuple[tuple[str, str], ...]
    body: str
    attempts: tuple[AttemptText, ...]
    settled: Age | None


class TroubleText(Value, frozen=True):
    """The repair card of an endpoint. `problem` is why the test did not mend it; `is_done` that it did."""

    public_id: str
    host: str
    title: str
    text: str
    advice: str
    held: str
    since: Age | None
    problem: str = ""
    is_done: bool = False
    waits: int = 0
    waits_since: str = ""


def lines(
    found: Sequence[EndpointView], counted: Mapping[str, DeliveryCount]
) -> tuple[EndpointLine, ...]:  # fmt: skip
    return tuple(line(one, counted.get(one.public_id, DeliveryCount())) for one in found)


def line(one: EndpointView, counted: DeliveryCount) -> EndpointLine:
    if one.state is EndpointState.DISABLED:
        tone, state, note = "bad", _("Switched off"), _(REASONS[one.disabled_because or "person"])
        tone = "idle" if one.disabled_because == "person" else "bad"
    elif one.failing_since is not None:
        tone, state = "warn", _("Failing")
        note = _("Nothing got through since %(when)s.") % {"when": instant(one.failing_since)}
    else:
        tone, state, note = "ok", _("Told"), ""
    if one.state is EndpointState.ACTIVE and one.rests_until and one.rests_until > current_runtime().clock():
        rest = _("It asked to be left alone until %(when)s.") % {"when": instant(one.rests_until)}
        note = f"{note} {rest}".strip()
    return EndpointLine(
        one, host_of(one.url), tone, state, note, ago(one.last_success_at), counted, _open(counted)
    )


def _open(counted: DeliveryCount) -> str:
    """`2 waiting, 1 given up`: only what there is."""
    words = (
        (counted.waiting, N_("%(num)s waiting")),
        (counted.held, N_("%(num)s held")),
        (counted.dead, N_("%(num)s given up")),
    )
    return ", ".join(_(text) % {"num": number(count)} for count, text in words if count)


def event_details() -> dict[str, str]:
    return {kind.value: _(text) for kind, text in EVENTS.items()}


def delivery_line(one: DeliveryView) -> DeliveryLine:
    tone, word = STATES[one.state]
    is_retried = one.state is DeliveryState.WAITING and one.tries > 0
    return DeliveryLine(
        delivery=one,
        host=host_of(one.url),
        tone="warn" if is_retried else tone,
        state=_("Retrying") if is_retried else _(word),
        result=result(one.status, one.error) if one.status is not None or one.error else "",
        made=ago(one.made_at),
        next_try=ago(one.next_try_at) if one.state is DeliveryState.WAITING else None,
        tries=ngettext("%(num)s try", "%(num)s tries", one.tries) % {"num": one.tries},
        may_be_sent_again=one.state is not DeliveryState.WAITING,
    )


def delivery_text(one: DeliveryDetail) -> DeliveryText:
    """The signature itself is left out: whoever has it and the body could send the event to the receiver again."""
    headers = {**one.headers, "User-Agent": USER_AGENT, "webhook-signature": "v1,••••••••"}
    return DeliveryText(
        delivery_line(one.delivery),
        tuple(headers.items()),
        one.body,
        tuple(_attempt(attempt) for attempt in one.attempts),
        ago(one.delivery.settled_at),
    )


def result(status: int | None, error: str) -> str:
    """`Answered 204`, or what kept an answer from coming."""
    if status is not None:
        return _("Answered %(status)s") % {"status": status}
    return _(ERRORS.get(error, ERRORS["broken"]))


def posted(one: Posted) -> str:
    """`Answered 204 in 38 ms.`"""
    words = _("%(result)s in %(ms)s ms.")
    return words % {"result": result(one.status, one.error), "ms": one.ms}


def calendar(schedule: Sequence[float]) -> tuple[Try, ...]:
    found, total = [], 0.0
    for place, wait in enumerate(schedule, 1):
        total += wait
        found.append(Try(place, _span(wait), _span(total)))
    return tuple(found)


def trouble(one: EndpointTrouble, *, problem: str = "") -> TroubleText:
    host = host_of(one.url)
    text = (
        REASONS[one.reason]
        if one.is_off
        else N_("Nothing got through for more than a day. It is still tried.")
    )
    held = ngettext("%(num)s event is held.", "%(num)s events are held.", one.held) % {"num": one.held}
    return TroubleText(
        one.public_id,
        host,
        _("%(host)s is told no more") % {"host": host}
        if one.is_off
        else _("%(host)s does not answer") % {"host": host},
        _(text),
        _(ADVICE[one.reason]),
        held if one.held else "",
        ago(one.since),
        problem=problem,
    )


def mended(one: EndpointTrouble, done: Repaired, zone: ZoneInfo) -> TroubleText:
    """The card after a test that arrived; `waits_since` as a field for a moment takes it, rounded down."""
    words = trouble(one)
    since = done.held_since.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if done.held_since else ""
    return msgspec.structs.replace(words, is_done=True, waits=done.waits, waits_since=since)


def _attempt(one: AttemptView) -> AttemptText:
    is_good = one.status is not None and 200 <= one.status < 300
    return AttemptText(
        instant(one.at),
        ago(one.at),
        "ok" if is_good else "bad",
        result(one.status, one.error),
        one.ms,
        one.answer,
    )


def _span(seconds: float) -> str:
    """`at once`, `30 minutes`, `14 hours`."""
    if seconds < 1:
        return _("at once")
    whole: str = dates.format_timedelta(round(seconds), threshold=1.5, locale=current_locale())
    return whole
