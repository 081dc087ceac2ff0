"""What an admin may change of the hotel itself: its name, and the hours at which its day turns and should have begun."""

from collections.abc import Callable

from webapp.domain.value import Value
from webapp.models import Hotel
from webapp.runtime import Runtime

from . import audit
from .hotels import LATEST_AUDIT_HOUR

LONGEST_NAME = 120


class NoHotel(LookupError):
    """The set-up is not done."""


class SettingInvalid(ValueError):
    """`field` names what is wrong."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class HotelSettings(Value, frozen=True):
    """`audit_hour` is the local hour of the night audit; by `quiet_hour` somebody should have checked in."""

    name: str
    timezone: str
    currency: str
    audit_hour: int
    quiet_hour: int


def settings_of(hotel: Hotel) -> HotelSettings:
    return HotelSettings(hotel.name, hotel.timezone, hotel.currency, hotel.audit_hour, hotel.quiet_hour)


def change(
    runtime: Runtime,
    *,
    actor: str,
    name: str | None = None,
    audit_hour: int | None = None,
    quiet_hour: int | None = None,
    look: Callable[[HotelSettings], None] | None = None,
) -> HotelSettings:
    """What is None stays. `look` sees what is stored before the change, and may raise. Raises SettingInvalid, NoHotel.

    Time zone and currency are those of every stored booking and are never changed.
    """
    tidy = None if name is None else " ".join(name.split())
    if tidy is not None and not 1 <= len(tidy) <= LONGEST_NAME:
        raise SettingInvalid("name", f"has 1 to {LONGEST_NAME} characters")
    if audit_hour is not None and not 0 <= audit_hour <= LATEST_AUDIT_HOUR:
        raise SettingInvalid("audit_hour", f"is 0 to {LATEST_AUDIT_HOUR}")
    if quiet_hour is not None and not 0 <= quiet_hour <= 23:
        raise SettingInvalid("quiet_hour", "is 0 to 23")
    with runtime.writing() as session:
        hotel = session.get(Hotel, 1, with_for_update=True)
        if hotel is None:
            raise NoHotel
        before = settings_of(hotel)
        if look is not None:
            look(before)
        hotel.name = hotel.name if tidy is None else tidy
        hotel.audit_hour = hotel.audit_hour if audit_hour is None else audit_hour
        hotel.quiet_hour = hotel.quiet_hour if quiet_hour is None else quiet_hour
        after = settings_of(hotel)
        if after != before:
            changed = [
                field for field in after.__struct_fields__ if getattr(after, field) != getattr(before, field)
            ]
            audit.record(
                runtime,
                session,
                actor,
                "hotel.changed",
                f"{actor} changed the hotel: {', '.join(changed)}",
                details={field: [getattr(before, field), getattr(after, field)] for field in changed},
            )
        return after
