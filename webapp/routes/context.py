"""What a request stands on: the runtime, the hotel, and the person who asks. Each is read once per request."""

from typing import cast
from zoneinfo import ZoneInfo

from flask import current_app, g
from flask_login import UserMixin, current_user

from webapp.models import Hotel
from webapp.runtime import Runtime
from webapp.services import hotels
from webapp.services.throttling import Gate
from webapp.services.users import Person


class Visitor(UserMixin):  # type: ignore[misc]  # flask-login ships no types
    """flask-login's view of a person. The id in the cookie carries the stamp, so changing that ends the session."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def get_id(self) -> str:
        return f"{self.person.public_id}.{self.person.session_stamp}"


def current_runtime() -> Runtime:
    return cast(Runtime, current_app.extensions["hub"])


def current_gate() -> Gate:
    return cast(Gate, current_app.extensions["gate"])


def current_hotel() -> Hotel | None:
    """None until the set-up is done."""
    if "hotel" not in g:
        with current_runtime().reading() as session:
            g.hotel = hotels.current_hotel(session)
    return cast(Hotel | None, g.hotel)


def the_hotel() -> Hotel:
    """For routes behind the set-up, where there always is one."""
    hotel = current_hotel()
    if hotel is None:
        raise LookupError("the set-up is not done")
    return hotel


def hotel_zone() -> ZoneInfo:
    """The hotel's time zone; UTC before the set-up."""
    hotel = current_hotel()
    return ZoneInfo(hotel.timezone if hotel else "UTC")


def current_person() -> Person | None:
    """None for a stranger."""
    return current_user.person if current_user.is_authenticated else None


def the_person() -> Person:
    """For routes that are not open to all, where somebody always is signed in."""
    person = current_person()
    if person is None:
        raise LookupError("nobody is signed in")
    return person
