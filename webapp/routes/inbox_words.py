"""The inbox in words: lines of the list, one call whole, what waits in the tray, and what a replay would do."""

from collections.abc import Iterable

from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.models import HitState
from webapp.services.hit_inbox import HitDetail, InboxRow
from webapp.services.hit_quarantine import Sort, TrayItem
from webapp.services.hit_replays import Plan, Progress

from . import hit_words, log_words
from .connection_words import FaultText, fault
from .context import current_runtime, hotel_zone
from .formatting import Age, ago, format_instant
from .hit_words import HitText
from .i18n import current_locale, ngettext
from .i18n import gettext as _
from .log_words import FieldLine

SORTS = {
    Sort.FAILED: ("bad", N_("Given up")),
    Sort.REJECTED: ("warn", N_("Rejected in a row")),
    Sort.UNKNOWN: ("idle", N_("Unknown kind")),
}


class InboxLine(Value, frozen=True):
    """`clock` is the second at which it came, in hotel time."""

    hit: HitText
    connection: str
    clock: str
    sender: str


class InboxText(Value, frozen=True):
    """One call. `result` is a sentence; `verdict` says what spoke for it, `why` what spoke against it."""

    line: InboxLine
    connection_id: str
    settled: Age | None
    size: str
    digest: str
    replays: int
    result: str
    why: str
    headers: tuple[tuple[str, str], ...]
    body: str
    body_note: str
    fields: tuple[FieldLine, ...]


class TrayText(Value, frozen=True):
    key: str
    tone: str
    label: str
    title: str
    text: str
    advice: str
    fault: FaultText | None
    last: Age | None
    connection_id: str
    may_be_retried: bool
    filter: dict[str, str]


def lines(rows: Iterable[InboxRow]) -> tuple[InboxLine, ...]:
    """In the order given."""
    return tuple(_line(row) for row in rows)


def _line(row: InboxRow) -> InboxLine:
    at = row.hit.received_at
    clock = format_instant(at, hotel_zone(), current_locale(), now=current_runtime().clock())
    local = at.astimezone(hotel_zone())
    return InboxLine(hit_words.line(row.hit), row.connection, f"{clock}:{local:%S}", row.sender)


def whole(shown: HitDetail) -> InboxText:
    hit = shown.row.hit
    return InboxText(
        line=_line(shown.row),
        connection_id=shown.connection_public_id,
        settled=ago(shown.settled_at),
        size=ngettext("%(num)s byte", "%(num)s bytes", hit.size) % {"num": hit.size},
        digest=shown.digest,
        replays=hit.replays,
        result=_result(shown),
        why=_(hit.reason) if hit.reason else "",
        headers=tuple((name, value or _("not kept: a secret")) for name, value in shown.headers),
        body=shown.body,
        body_note=_body_note(shown),
        fields=tuple(log_words.field_line(one) for one in shown.fields),
    )


def _result(shown: HitDetail) -> str:
    hit = shown.row.hit
    if hit.state is HitState.APPLIED:
        if not hit.changed:
            return _("Read again at the provider; nothing differed from what is stored.")
        words = ngettext("%(num)s booking changed.", "%(num)s bookings changed.", hit.changed)
        return _("Read again at the provider;") + " " + words % {"num": hit.changed}
    sentences = {
        HitState.WAITING: _("It waits to be applied."),
        HitState.IGNORED: _("Kept, and nothing was to be done."),
        HitState.DUPLICATE: _("The provider had sent it before; it was applied then."),
        HitState.FAILED: _("It was given up."),
        HitState.REJECTED: _("It was refused and changed nothing."),
    }
    return sentences[hit.state]


def _body_note(shown: HitDetail) -> str:
    if shown.is_unreadable:
        return _("It cannot be decrypted: put back the key file that belongs to this database.")
    if not shown.is_body_kept:
        return _("The body of a refused call is not kept, only its size and its digest.")
    return "" if shown.body else _("It came without a body.")


def tray(items: Iterable[TrayItem]) -> tuple[TrayText, ...]:
    return tuple(_tray_item(item) for item in items)


def _tray_item(item: TrayItem) -> TrayText:
    tone, label = SORTS[item.sort]
    words = fault(item.fault)
    count = ngettext("%(num)s call", "%(num)s calls", len(item.hits)) % {"num": len(item.hits)}
    text, advice = _reason(item)
    return TrayText(
        key=item.key,
        tone=tone,
        label=_(label),
        title=_("%(count)s of %(name)s") % {"count": count, "name": item.connection_name},
        text=text,
        advice=advice,
        fault=words if item.sort is Sort.FAILED else None,
        last=ago(item.last_at),
        connection_id=item.connection,
        may_be_retried=item.sort is not Sort.REJECTED,
        filter=_filter(item),
    )


def _reason(item: TrayItem) -> tuple[str, str]:
    if item.sort is Sort.REJECTED:
        why = _(item.reason) if item.reason else _("the signature does not fit")
        return (
            _("No call has been accepted since: %(why)s.") % {"why": why},
            _("Compare the secret here with the one at the provider; the regular sync brings the changes."),
        )
    if item.sort is Sort.UNKNOWN:
        return (
            _("This hub does not know what it means: %(what)s.") % {"what": item.about or "?"},
            _("Dismiss it if it is of no use here; after an update, retry it."),
        )
    return (item.about, "")


def _filter(item: TrayItem) -> dict[str, str]:
    """Parameters of the list that shows just these."""
    state = {Sort.FAILED: HitState.FAILED, Sort.REJECTED: HitState.REJECTED, Sort.UNKNOWN: HitState.IGNORED}
    found = {"connection": item.connection, "state": state[item.sort].value, "period": "month"}
    return {**found, "event": item.about[:60]} if item.sort is Sort.UNKNOWN else found


def plan(shown: Plan) -> tuple[str, ...]:
    """The forecast, sentence by sentence."""
    if not shown.hits:
        return (_("None of these can be replayed: they were refused, or wait to be applied anyway."),)
    bookings = ngettext("%(num)s booking", "%(num)s bookings", shown.bookings) % {"num": shown.bookings}
    calls = ngettext("%(num)s call", "%(num)s calls", shown.calls) % {"num": shown.calls}
    found = [
        _("It would re-read %(bookings)s, in at least %(calls)s.") % {"bookings": bookings, "calls": calls}
    ]
    also = (
        (shown.guests, ngettext("%(num)s guest profile would be read too.", "%(num)s guest profiles would be read too.", shown.guests)),
        (shown.silent, ngettext("%(num)s asks for nothing.", "%(num)s ask for nothing.", shown.silent)),
        (shown.unread, ngettext("%(num)s cannot be understood and would fail again.", "%(num)s cannot be understood and would fail again.", shown.unread)),
        (shown.refused, ngettext("%(num)s is left out: refused, or waiting anyway.", "%(num)s are left out: refused, or waiting anyway.", shown.refused)),
    )  # fmt: skip
    found += [words % {"num": count} for count, words in also if count]
    return tuple(found)


def progress(shown: Progress) -> str:
    words = {"done": shown.done, "total": shown.total}
    text = _("%(done)s of %(total)s are done.") % words
    if shown.failed:
        failed = ngettext("%(num)s failed.", "%(num)s failed.", shown.failed) % {"num": shown.failed}
        text = f"{text} {failed}"
    changed = ngettext("%(num)s booking changed.", "%(num)s bookings changed.", shown.changed)
    return f"{text} {changed % {'num': shown.changed}}" if shown.changed else text
