"""Webhook calls in words, ready for templates."""

from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.integrations.kit.manifest import WebhookSpec
from webapp.models import HitState, HitTrust
from webapp.services.hit_views import HitLine, QueueView, WebhookPanel

from .connection_words import FaultText, fault
from .formatting import Age, ago
from .i18n import gettext as _
from .i18n import ngettext
from .run_words import PillText

STATES = {
    HitState.WAITING: ("info", N_("Waiting")),
    HitState.APPLIED: ("ok", N_("Applied")),
    HitState.IGNORED: ("idle", N_("Nothing to do")),
    HitState.DUPLICATE: ("idle", N_("Sent twice")),
    HitState.FAILED: ("bad", N_("Given up")),
    HitState.REJECTED: ("warn", N_("Rejected")),
}
TRUSTS = {
    HitTrust.SIGNED: N_("Signature verified"),
    HitTrust.ADDRESS: N_("Came to the secret address"),
    HitTrust.QUEUE: N_("Read from the provider's queue"),
    HitTrust.UNVERIFIED: N_("Not verified: only a hint"),
    HitTrust.REJECTED: N_("Signature rejected"),
}
ALSO_SAID = (
    N_("It is about nothing that this hub keeps."),
    N_("It is about another hotel."),
    N_("This kind of data is not ticked for this connection."),
    N_("The provider had sent the same event before."),
)


class HitText(Value, frozen=True):
    """One call of the list; `note` says why it ended as it did."""

    public_id: str
    trace_id: str
    received: Age | None
    events: str
    state: PillText
    trust: str
    note: str
    fault: FaultText | None
    next_try: Age | None
    may_be_replayed: bool


class QueueText(Value, frozen=True):
    """The provider's queue in facts; `note` is what an admin should know, `name` empty while none is entered."""

    name: str
    facts: tuple[tuple[str, str], ...]
    drained: Age | None
    note: str
    fault: FaultText | None


class PanelText(Value, frozen=True):
    """The tab: addresses, counts of the last day, events that mean something, the last calls."""

    url: str | None
    shared_url: str
    is_public: bool
    is_unreadable: bool
    takes_calls: bool
    reason: str
    signed: str
    events: tuple[tuple[str, str], ...]
    last: Age | None
    counts: tuple[tuple[str, int], ...]
    old: tuple[tuple[Age | None, Age | None], ...]
    hits: tuple[HitText, ...]
    is_ordered_here: bool
    queue: QueueText | None


def panel(shown: WebhookPanel) -> PanelText:
    spec = shown.spec
    return PanelText(
        url=shown.url,
        shared_url=shown.shared_url,
        is_public=shown.is_public,
        is_unreadable=shown.is_unreadable,
        takes_calls=spec is not None,
        reason=_(shown.no_webhook_reason) if shown.no_webhook_reason else "",
        signed=_(spec.signed) if spec else "",
        events=_events(spec),
        last=ago(shown.last_hit_at),
        counts=tuple((_(label), shown.counts.get(state, 0)) for state, (_tone, label) in STATES.items()),
        old=tuple((ago(old.ends_at), ago(old.last_hit_at)) for old in shown.old),
        hits=tuple(line(hit) for hit in shown.hits),
        is_ordered_here=shown.is_ordered_here,
        queue=queue(shown.queue) if shown.queue else None,
    )


def queue(shown: QueueView) -> QueueText:
    """What is left at the provider can be told for the end of a reading only: it counts for nobody."""
    left = "–" if shown.drained_at is None else "0" if shown.is_empty else _("more, read in a moment")
    note = _("A reading broke off and an event may be lost, so all bookings are read again.")
    return QueueText(
        name=shown.name,
        facts=(
            (_("Queue"), shown.name),
            (_("Events read so far"), str(shown.events)),
            (_("Left behind"), left),
        ),
        drained=ago(shown.drained_at),
        note=note if shown.owes_sweep else "",
        fault=fault(shown.fault) if shown.fault else None,
    )


def line(hit: HitLine) -> HitText:
    tone, label = STATES[hit.state]
    return HitText(
        public_id=hit.public_id,
        trace_id=hit.trace_id,
        received=ago(hit.received_at),
        events=hit.events
        or ("–" if hit.state in (HitState.REJECTED, HitState.FAILED) else _("not read yet")),
        state=PillText(tone, _(label)),
        trust=_(TRUSTS[hit.trust]),
        note=_note(hit),
        fault=fault(hit.fault) if hit.fault else None,
        next_try=ago(hit.next_try_at) if hit.state is HitState.WAITING else None,
        may_be_replayed=hit.may_be_replayed,
    )


def _note(hit: HitLine) -> str:
    if hit.state is HitState.APPLIED:
        return (
            ngettext("%(num)s booking changed", "%(num)s bookings changed", hit.changed)
            % {"num": hit.changed}
            if hit.changed
            else _("Nothing differed from what is stored")
        )
    return _(hit.reason) if hit.reason else ""


def _events(spec: WebhookSpec | None) -> tuple[tuple[str, str], ...]:
    """The provider's word and the guide's."""
    if spec is None:
        return ()
    return tuple((name, fact.replace("booking.", "reservation.")) for name, fact in spec.events)
