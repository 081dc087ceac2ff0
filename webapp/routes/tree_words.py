"""The sample answer's tree in words: what each value looks like, as what it may be used, and what is still missing."""

from collections.abc import Mapping, Sequence

from webapp.domain.booking import Booking
from webapp.domain.value import Value
from webapp.services.recipe_clicks import text_of
from webapp.services.recipe_samples import SampleView
from webapp.services.recipe_shapes import SHAPE_LABELS, Fit
from webapp.services.recipe_tree import ListChoice, Node, Tree
from webapp.services.recipe_words import FIELDS, TRANSFORMS

from .formatting import day, instant, money
from .i18n import gettext as _

Options = tuple[tuple[str, str], ...]


class NodeText(Value, frozen=True):
    """See Node. `fits` are (value, label) of the choices that the value's look proposes; `chosen` is one of them."""

    key: str
    path: str
    children: "tuple[NodeText, ...]"
    is_list: bool
    shape: str
    shown: str
    used_as: str
    fits: Options
    chosen: str


class TreeText(Value, frozen=True):
    """`asks_for_list`: there is a choice, or the recipe names no list of the answer. `fields` are all fields of the hub
    as choices; `missing` and `wished` are labels."""

    lists: tuple[ListChoice, ...]
    nodes: tuple[NodeText, ...]
    asks_for_list: bool
    missing: tuple[str, ...]
    wished: tuple[str, ...]
    fields: Options


class ChangeText(Value, frozen=True):
    """What an edited mapping reads differently in one sample booking: (field, before, after)."""

    number: str
    fields: tuple[tuple[str, str, str], ...]


def tree(found: Tree) -> TreeText:
    return TreeText(
        lists=found.lists,
        nodes=tuple(_node(node) for node in found.nodes),
        asks_for_list=len(found.lists) > 1 or not any(one.is_chosen for one in found.lists),
        missing=tuple(_(FIELDS[name]) for name in found.missing),
        wished=tuple(_(FIELDS[name]) for name in found.wished),
        fields=tuple((name, _(label)) for name, label in FIELDS.items()),
    )


def changes(running: SampleView, edited: SampleView) -> tuple[ChangeText, ...]:
    """By the bookings' ids, or by their places where the id itself is read from elsewhere now."""
    before = {booking.external_id: booking for booking in running.bookings}
    if before.keys().isdisjoint(booking.external_id for booking in edited.bookings):
        pairs: Sequence[tuple[Booking, Booking]] = list(zip(running.bookings, edited.bookings, strict=False))
    else:
        pairs = [(before[one.external_id], one) for one in edited.bookings if one.external_id in before]
    found = ((new.confirmation_number or new.external_id, _changed(old, new)) for old, new in pairs)
    return tuple(ChangeText(number, fields) for number, fields in found if fields)


def _changed(old: Booking, new: Booking) -> tuple[tuple[str, str, str], ...]:
    before, after = _texts(old), _texts(new)
    return tuple(
        (_(FIELDS[name]), before.get(name, ""), after.get(name, ""))
        for name in FIELDS
        if before.get(name, "") != after.get(name, "")
    )


def _texts(booking: Booking) -> Mapping[str, str]:
    """The fields of the editor, of the first stay and the first guest."""
    stay = booking.stays[0] if booking.stays else None
    guest = booking.guests[0] if booking.guests else None
    found = {
        "external_id": booking.external_id,
        "confirmation_number": booking.confirmation_number,
        "status": booking.status.value,
        "total_amount": money(booking.total_minor, booking.currency),
        "balance_amount": money(booking.balance_minor, booking.currency),
        "currency": booking.currency,
        "source": booking.source,
        "notes": booking.notes or "",
        "group_ref": booking.group_ref,
        "created_at": instant(booking.created_at),
        "updated_at": instant(booking.updated_at),
        "cancelled_at": instant(booking.cancelled_at),
    }
    if stay is not None:
        found |= {
            "arrival": day(stay.arrival),
            "departure": day(stay.departure),
            "room_type": stay.room_type,
            "room_type_id": stay.room_type_id,
            "room": stay.room,
            "rate_plan": stay.rate_plan,
            "rate_plan_id": stay.rate_plan_id,
            "adults": str(stay.adults),
            "children": str(stay.children),
        }
    if guest is not None:
        found |= {
            "guest_first_name": guest.first_name,
            "guest_last_name": guest.last_name,
            "guest_email": guest.email,
            "guest_phone": guest.phone,
        }
    return found


def _node(node: Node) -> NodeText:
    options = tuple((text_of(fit), _fit(fit)) for fit in node.fits)
    used = next((value for value, _label in options if value.partition("|")[0] in node.used_as), "")
    return NodeText(
        key=node.key,
        path=node.path,
        children=tuple(_node(child) for child in node.children),
        is_list=node.is_list,
        shape=_(SHAPE_LABELS[node.shape]),
        shown=", ".join(node.shown),
        used_as=", ".join(_(FIELDS[name]) if name in FIELDS else name for name in node.used_as),
        fits=options,
        chosen=used or (options[0][0] if node.is_proposed and not node.used_as else ""),
    )


def _fit(fit: Fit) -> str:
    how = fit.format or (_(TRANSFORMS[fit.transform]) if fit.transform else "")
    label = _(FIELDS[fit.field])
    return f"{label} ({how})" if how else label
