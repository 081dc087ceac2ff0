"""Repair cards in words: what a connection waits for, and the one field that may mend it."""

from flask import url_for

from webapp.domain.value import Value
from webapp.services import repairs
from webapp.services.repairs import RepairCard

from .connection_words import FaultText, fault
from .context import current_person, current_runtime
from .guards import Audience
from .i18n import gettext as _


class RepairText(Value, frozen=True):
    """`label` is empty where no secret helps. `problem` is why the last try did not mend it; `is_done` that it did."""

    public_id: str
    name: str
    provider_label: str
    title: str
    fault: FaultText | None
    label: str
    help: str
    stored: str
    others: int
    settings_url: str
    approve_url: str = ""
    problem: str = ""
    advice: str = ""
    is_done: bool = False
    account: str = ""


def open_cards() -> tuple[RepairText, ...]:
    """For those who may act on them; nothing for others."""
    person = current_person()
    if person is None or not Audience.ADMIN.admits(person.role):
        return ()
    with current_runtime().reading() as session:
        return tuple(card(one) for one in repairs.cards(session))


def card(
    one: RepairCard, *, problem: str = "", advice: str = "", account: str = "", is_done: bool = False
) -> RepairText:
    field = one.field
    dots = (f"•••• {one.last4}" if one.last4 else "••••••••") if field else ""
    return RepairText(
        public_id=one.public_id,
        name=one.name,
        provider_label=_(one.provider_label),
        title=_("%(name)s needs you") % {"name": one.name},
        fault=fault(one.fault, one.since),
        label=_(field.label) if field else "",
        help=_(field.help) if field and field.help else "",
        stored=dots,
        others=one.others,
        settings_url=url_for("connections.overview", public_id=one.public_id),
        approve_url=url_for("approvals.begin", public_id=one.public_id) if one.may_be_approved else "",
        problem=problem,
        advice=advice,
        is_done=is_done,
        account=account,
    )
