"""What every part of the pretend OPERA Cloud works with: the hotel, its stays, its switches, and its own day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from simulator.hotel import Guest
from simulator.money import major_number
from simulator.pms.opera_calls import Criteria, Json, Slice, amount, given, local_text
from simulator.pms.opera_names import Names, language
from simulator.pms.opera_stays import Profiles, Stay, StayBook, posting_masters
from simulator.pms.opera_switches import Switches
from simulator.world import World

_T = TypeVar("_T")
# The vendor's name fields; longer names are cut.
_GIVEN, _SURNAME = 40, 40


class Tenant:
    """One hotel of one environment."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.names = Names(world.hotel)
        self.switches = Switches()
        masters = tuple(posting_masters(self.names, world))
        self.profiles = Profiles(self.names, world, masters)
        self.book = StayBook(self.names, world, self.profiles, masters)

    @property
    def currency(self) -> str:
        return self.world.hotel.currency

    def today(self) -> date:
        """The business date, which a sandbox may have far away."""
        return self.world.business_date + timedelta(self.switches.business_date_offset)

    def stays(self) -> list[Stay]:
        return self.book.all(self.switches.hidden)

    def stay(self, stay_id: str) -> Stay | None:
        return self.book.find(stay_id, self.switches.hidden)

    def stamp(self, at: datetime) -> str:
        return local_text(at, self.world.hotel.zone, self.switches.rfc3339)

    def local_day(self, at: datetime) -> date:
        return at.astimezone(self.world.hotel.zone).date()

    def count(self, number: int) -> int | str:
        """A count as a number or, as in many of the vendor's examples, as text."""
        return str(number) if self.switches.counts_as_text else number

    def money(self, minor: int) -> Json:
        return amount(minor, self.currency)

    def total(self, gross: int) -> Json:
        """Before tax, and after it where taxes stand beside the price."""
        percent = self.switches.tax_percent
        if not percent:
            return {"amountBeforeTax": major_number(gross, self.currency), "currencyCode": self.currency}
        net = round(gross * 100 / (100 + percent))
        return {
            "amountBeforeTax": major_number(net, self.currency),
            "amountAfterTax": major_number(gross, self.currency),
            "currencyCode": self.currency,
        }

    def is_suppressed(self, stay: Stay) -> bool:
        return stay.lines[0].rate_plan in self.switches.suppressed_plans

    def page(self, rows: Sequence[_T], criteria: Criteria, otherwise: int, most: int) -> Slice[_T]:
        """Raises Refusal 400 for a limit above `most`."""
        limit = criteria.whole("limit", otherwise, most, least=1)
        offset = criteria.whole("offset", 0)
        start = offset * limit if self.switches.offset_counts == "pages" else offset
        return Slice(rows[start : start + limit], start, limit, len(rows))


def person_name(guest: Guest) -> Json:
    """The name as a profile has it."""
    return given(
        givenName=guest.first[:_GIVEN] or None,
        surname=guest.last[:_SURNAME],
        nameType="Primary",
        language=language(guest),
    )


def full_name(guest: Guest) -> str:
    return f"{guest.last}, {guest.first}" if guest.first else guest.last


def country(guest: Guest) -> Json | None:
    return None if guest.country is None else {"code": guest.country}
