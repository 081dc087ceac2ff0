"""Settings > Hotel: who may change the hotel's habits, what is refused, and what follows."""

from collections.abc import Callable
from datetime import UTC, datetime

from bs4 import BeautifulSoup

from tests.cast import BEN, IAN, Browser, Character
from tests.hotel_data import HotelData
from webapp.models import Connection, Hotel, LogEntry
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]
HABITS = {"audit_hour": "4", "audit_minutes": "45", "truth_bookings": "20", "quiet_hour": "18"}


def test_the_page_shows_the_habits_and_the_menu_leads_to_it(client_of: ClientOf) -> None:
    soup = BeautifulSoup(client_of(IAN).get("/settings/hotel").text, "html.parser")
    values = {one["name"]: one.get("value") for one in soup.select(".form input[name]")}
    assert (values["audit_minutes"], values["truth_bookings"]) == ("30", "12")
    assert [one["value"] for one in soup.select(".form option[selected]")] == ["3", "17"]
    assert soup.select_one('nav a[href="/settings/hotel"]')


def test_saved_habits_hold_and_planned_sweeps_move_with_the_audit(client_of: ClientOf, hub: Runtime) -> None:
    hotel = HotelData(hub)
    hotel.connection(next_sweep_at=datetime(2026, 7, 15, 1, 30, tzinfo=UTC))
    answer = client_of(IAN).post("/settings/hotel", data=HABITS)
    assert answer.status_code == 303
    with hub.reading() as session:
        row = session.get_one(Hotel, 1)
        assert (row.audit_hour, row.audit_minutes, row.truth_bookings, row.quiet_hour) == (4, 45, 20, 18)
        sweep_at = session.get_one(Connection, hotel.connection_id).next_sweep_at
        assert sweep_at == datetime(2026, 7, 15, 2, 45, tzinfo=UTC)
        assert session.query(LogEntry).filter_by(action="hotel.changed").count() == 1


def test_a_window_of_half_a_day_is_refused_at_its_field(client_of: ClientOf, hub: Runtime) -> None:
    answer = client_of(IAN).post("/settings/hotel", data={**HABITS, "audit_minutes": "700"})
    assert answer.status_code == 422
    assert "Enter 0 to 180 minutes." in answer.text
    with hub.reading() as session:
        assert session.get_one(Hotel, 1).audit_minutes == 30


def test_staff_may_not_change_the_hotel(client_of: ClientOf) -> None:
    assert client_of(BEN).get("/settings/hotel").status_code == 403
    assert client_of(BEN).post("/settings/hotel", data=HABITS).status_code == 403
