"""Tickets: what one is linked to, how it goes on, and in which order programs read them."""

import pytest
from sqlalchemy import select

from tests.cast import BEN, IAN
from tests.conftest import FixedClock
from tests.hotel_data import HotelData
from webapp.domain.ticket import Category, Priority, TicketStatus
from webapp.models import Connection, LogEntry, Ticket, TicketMessage
from webapp.runtime import Runtime
from webapp.services import tickets
from webapp.services.feeds import Follow
from webapp.services.tickets import NotAllowed, NothingLinked, TicketView


def opened(hub: Runtime, subject: str = "Printer", message: str = "It prints nothing.") -> TicketView:
    return tickets.open_ticket(hub, subject=subject, message=message, actor=BEN.email)


def audited(hub: Runtime) -> list[tuple[str, str, str]]:
    with hub.reading() as session:
        rows = session.scalars(select(LogEntry).where(LogEntry.kind == "audit").order_by(LogEntry.id))
        return [(row.action, row.actor, row.summary) for row in rows]


def thread(hub: Runtime) -> list[tuple[str, str, str | None]]:
    with hub.reading() as session:
        rows = session.scalars(select(TicketMessage).order_by(TicketMessage.id))
        return [(row.author, row.text, row.status) for row in rows]


@pytest.mark.parametrize("field", ["booking", "connection"])
def test_a_link_to_nothing_is_told_by_field_and_opens_nothing(hub: Runtime, field: str) -> None:
    with pytest.raises(NothingLinked) as told:
        tickets.open_ticket(
            hub,
            subject="S",
            message="M",
            actor=BEN.email,
            booking="bk_nothing" if field == "booking" else None,
            connection="cn_nothing" if field == "connection" else None,
        )
    assert told.value.field == field
    with hub.reading() as session:
        assert session.scalars(select(Ticket)).first() is None


def test_a_ticket_is_linked_to_its_booking_and_its_connection(hub: Runtime) -> None:
    hotel = HotelData(hub)
    booking = hotel.book()
    with hub.reading() as session:
        connection = session.get_one(Connection, hotel.connection_id).public_id
    made = tickets.open_ticket(
        hub, subject=" No \n key ", message=" Help ", actor=BEN.email, booking=booking, connection=connection
    )
    assert (made.booking, made.connection) == (booking, connection)
    assert (made.subject, made.category, made.priority) == ("No key", Category.OTHER, Priority.NORMAL)
    assert thread(hub) == [(BEN.email, "Help", None)]


def test_numbers_follow_each_other(hub: Runtime) -> None:
    assert [opened(hub).number for _ in range(3)] == ["T-1001", "T-1002", "T-1003"]


def test_each_step_is_in_the_log_with_who_took_it(hub: Runtime) -> None:
    made = opened(hub)
    tickets.answer(hub, made.public_id, "Paper?", actor=IAN.email)
    tickets.change(hub, made.public_id, actor=IAN.email, status=TicketStatus.SOLVED)
    tickets.change(hub, made.public_id, actor=IAN.email, status=TicketStatus.SOLVED)
    assert audited(hub) == [
        ("ticket.created", BEN.email, "T-1001 was opened"),
        ("ticket.answered", IAN.email, "T-1001 was answered"),
        ("ticket.changed", IAN.email, "T-1001 was changed: solved"),
    ]


def test_an_answer_to_a_solved_ticket_opens_it_again_and_the_thread_says_so(
    hub: Runtime, clock: FixedClock
) -> None:
    made = opened(hub)
    tickets.change(hub, made.public_id, actor=IAN.email, status=TicketStatus.SOLVED)
    clock.advance(minutes=1)
    tickets.answer(hub, made.public_id, "Again!", actor=BEN.email)
    assert thread(hub)[1:] == [
        (IAN.email, "", "solved"),
        (BEN.email, "", "open"),
        (BEN.email, "Again!", None),
    ]
    with hub.reading() as session:
        after = tickets.find(session, made.public_id)
    assert (after.status, after.changed_at) == (TicketStatus.OPEN, clock.now)


def test_an_answer_to_a_waiting_ticket_leaves_it_waiting(hub: Runtime) -> None:
    made = opened(hub)
    tickets.change(hub, made.public_id, actor=IAN.email, status=TicketStatus.WAITING)
    tickets.answer(hub, made.public_id, "They call back.", actor=IAN.email)
    with hub.reading() as session:
        assert tickets.find(session, made.public_id).status is TicketStatus.WAITING


def test_a_full_thread_takes_no_more(hub: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "MOST_MESSAGES", 2)
    full, other = opened(hub), opened(hub)
    tickets.answer(hub, full.public_id, "The second.", actor=BEN.email)
    with pytest.raises(NotAllowed, match="2 messages at most"):
        tickets.answer(hub, full.public_id, "The third.", actor=BEN.email)
    tickets.answer(hub, other.public_id, "The second of another.", actor=BEN.email)


def test_what_is_changed_is_that_and_nothing_else(hub: Runtime, clock: FixedClock) -> None:
    made = opened(hub)
    clock.advance(minutes=1)
    after = tickets.change(
        hub,
        made.public_id,
        actor=IAN.email,
        subject=" The  printer ",
        category=Category.ACCESS,
        priority=Priority.LOW,
    )
    assert (after.subject, after.category, after.priority) == ("The printer", Category.ACCESS, Priority.LOW)
    assert (after.status, after.created_at, after.changed_at) == (made.status, made.created_at, clock.now)
    clock.advance(minutes=1)
    assert tickets.change(hub, made.public_id, actor=IAN.email, subject="The printer") == after
    assert thread(hub) == [(BEN.email, "It prints nothing.", None)]


def test_pages_hold_what_is_asked_for_and_the_last_one_says_it_is_the_last(hub: Runtime) -> None:
    made = [opened(hub, f"T{number}") for number in range(4)]
    tickets.change(hub, made[1].public_id, actor=IAN.email, category=Category.PAYMENT)
    with hub.reading() as session:
        first, after = tickets.page(session, Follow(2), category=Category.OTHER)
        rest, end = tickets.page(session, Follow(2, after=after), category=Category.OTHER)
        whole, none = tickets.page(session, Follow(4))
    assert [one.subject for one in first] == ["T0", "T2"]
    assert ([one.subject for one in rest], end) == (["T3"], None)
    assert (len(whole), none) == (4, None)
