"""The words of the recipe editor: the hub's fields of a booking, ways of paging, transforms and meanings of a status."""

from webapp.domain.wording import N_

PAGING_KINDS = {
    "none": N_("One answer holds everything"),
    "page": N_("Numbered pages"),
    "offset": N_("Offset and limit"),
    "cursor": N_("Cursor"),
    "next_link_body": N_("Link to the next page in the answer"),
    "next_link_header": N_("Link to the next page in a header"),
    "last_id": N_("Id of the last record"),
}
PAGING_FIELDS = (
    "param",
    "size_param",
    "size",
    "path",
    "header",
    "total_path",
    "total_pages_path",
    "has_more_path",
)
TRANSFORMS = {
    "": N_("as it is"),
    "trim": N_("without blanks around"),
    "upper": N_("in capitals"),
    "lower": N_("in small letters"),
    "split_first": N_("first word"),
    "split_last": N_("last word"),
    "decimal_comma": N_("comma as decimal point"),
    "from_minor_units": N_("from cents"),
    "bool": N_("as yes or no"),
    "text": N_("as text"),
}
SEVERAL = "several"
"""A rule with more than one transform; the editor shows it and leaves it alone."""
TARGETS = {
    "confirmed": N_("Confirmed"),
    "checked_in": N_("Checked in"),
    "checked_out": N_("Checked out"),
    "cancelled": N_("Cancelled"),
    "no_show": N_("No-show"),
    "inquiry": N_("Inquiry"),
    "hold": N_("Hold (keeps a room)"),
    "ignore": N_("Leave out"),
}
FIELDS = {
    "external_id": N_("Booking's id"),
    "confirmation_number": N_("Confirmation number"),
    "status": N_("Status"),
    "arrival": N_("Arrival"),
    "departure": N_("Departure"),
    "guest_first_name": N_("Guest: first name"),
    "guest_last_name": N_("Guest: last name"),
    "guest_email": N_("Guest: e-mail"),
    "guest_phone": N_("Guest: phone"),
    "guest_external_id": N_("Guest: id"),
    "room_type": N_("Room type"),
    "room_type_id": N_("Room type: id"),
    "room": N_("Room"),
    "adults": N_("Adults"),
    "children": N_("Children"),
    "rate_plan": N_("Rate plan"),
    "rate_plan_id": N_("Rate plan: id"),
    "total_amount": N_("Total"),
    "balance_amount": N_("Balance due"),
    "currency": N_("Currency"),
    "source": N_("Source or channel"),
    "notes": N_("Notes"),
    "group_ref": N_("Group"),
    "created_at": N_("Booked at"),
    "updated_at": N_("Changed at"),
    "cancelled_at": N_("Cancelled at"),
    "checked_in_at": N_("Checked in at"),
    "checked_out_at": N_("Checked out at"),
    "holds_room": N_("Holds a room"),
    "unit": N_("Unit"),
    "nights": N_("Price per night"),
    "nights_net": N_("Net price per night"),
}
"""The hub's fields of a booking, in the order of the editor."""
REQUIRED = ("external_id", "status", "arrival", "departure")
