"""Facts: the five things about a booking that others may want to be told of."""

from enum import StrEnum


class FactType(StrEnum):
    BOOKING_CREATED = "booking.created"
    BOOKING_UPDATED = "booking.updated"
    BOOKING_CANCELLED = "booking.cancelled"
    GUEST_CHECKIN = "guest.checkin"
    GUEST_CHECKOUT = "guest.checkout"


class Road(StrEnum):
    """By which road a change reached the hub."""

    HIT = "hit"
    POLL = "poll"
    SWEEP = "sweep"
    BACKFILL = "backfill"
    MANUAL = "manual"
