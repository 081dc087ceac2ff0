"""Tickets: their words, which status may follow which, and the number people quote."""

from enum import StrEnum


class Category(StrEnum):
    INTEGRATION = "integration"
    BOOKING = "booking"
    PAYMENT = "payment"
    ACCESS = "access"
    OTHER = "other"


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class TicketStatus(StrEnum):
    """`waiting` is for an answer from outside: a provider, support."""

    OPEN = "open"
    WAITING = "waiting"
    SOLVED = "solved"
    CLOSED = "closed"


MOVES: dict[TicketStatus, frozenset[TicketStatus]] = {
    TicketStatus.OPEN: frozenset({TicketStatus.WAITING, TicketStatus.SOLVED, TicketStatus.CLOSED}),
    TicketStatus.WAITING: frozenset({TicketStatus.OPEN, TicketStatus.SOLVED, TicketStatus.CLOSED}),
    TicketStatus.SOLVED: frozenset({TicketStatus.OPEN, TicketStatus.CLOSED}),
    TicketStatus.CLOSED: frozenset(),
}
"""What may follow each; a closed ticket stays closed, and a new one refers to it."""


def may_become(before: TicketStatus, after: TicketStatus) -> bool:
    """Staying as it is is always allowed."""
    return before is after or after in MOVES[before]


def number_text(number: int) -> str:
    """1042 -> `T-1042`."""
    return f"T-{number}"


def number_in(text: str) -> int | None:
    """`T-1042`, `t1042` or `1042` -> 1042; None when it is no number of a ticket."""
    digits = text.strip().upper().removeprefix("T").removeprefix("-")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 9 else None
