"""The daily summary of the pretend OPERA Cloud: asked for, waited for, and fetched once."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus

import msgspec

from simulator.hotel import State, StayLine
from simulator.money import major_number
from simulator.pms.opera_calls import (
    LANGUAGE,
    Ask,
    Json,
    document,
    empty_answer,
    given,
    invalid,
    json_object,
    utc_text,
)
from simulator.pms.opera_list_rows import ids, market_code, references
from simulator.pms.opera_names import EXTERNAL_SYSTEM, source_code
from simulator.pms.opera_stays import Stay
from simulator.pms.opera_tenant import Tenant
from simulator.wire import Answer, Refusal

_MOST_DAYS = 94
_SAME_AGAIN = timedelta(minutes=30)
_CHANGES_AGAIN = timedelta(hours=3)
_WAIT_SECONDS = 60
_STATUSES = {
    "Requested": "REQUESTED",
    "Waitlisted": "WAITLIST",
    "Reserved": "RESERVED",
    "DueIn": "DUE IN",
    "InHouse": "IN HOUSE",
    "DueOut": "DUE OUT",
    "CheckedOut": "CHECKED OUT",
    "Cancelled": "CANCELLED",
    "NoShow": "NO SHOW",
}


class _Dates(msgspec.Struct, rename="camel"):
    start_date: date
    end_date: date


class _Changes(msgspec.Struct, rename="camel"):
    start_last_modified_date: datetime
    end_last_modified_date: datetime


class _Criteria(msgspec.Struct, rename="camel"):
    hotel_id: str
    time_span: _Dates | None = None
    last_modified_date: _Changes | None = None


class _Request(msgspec.Struct):
    criteria: _Criteria


@dataclass(slots=True)
class _Job:
    """A request on its way: `result` is the number of the finished list, once somebody has seen that it is done."""

    asked_at: datetime
    body: bytes
    wanted: _Criteria
    result: str = ""
    is_fetched: bool = False


class SummaryDesk:
    """Takes requests, tells how far they are, and hands each list out once."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._jobs: dict[str, _Job] = {}

    def start(self, ask: Ask) -> Answer:
        """202 with the place to ask how far it is; raises Refusal 400."""
        self._know(ask)
        wanted = _read(ask)
        if wanted.hotel_id != ask.parts["hotelId"]:
            raise invalid("RSV00103", "The hotel of the criteria is not the one of the address")
        now = self._tenant.world.clock.now()
        with self._lock:
            self._not_too_often(ask.call.body, wanted, now)
            number = self._fresh("process")
            self._jobs[number] = _Job(now, ask.call.body, wanted)
        return empty_answer(HTTPStatus.ACCEPTED, (("Location", self._place(ask, number)), *LANGUAGE))

    def progress(self, ask: Ask) -> Answer:
        """200 while it runs, 201 with the place of the list when it is done."""
        self._know(ask)
        job = self._jobs.get(ask.parts["summaryId"])
        switches = self._tenant.switches
        if job is None:
            return empty_answer(HTTPStatus.NOT_FOUND)
        if switches.is_summary_invalid:
            return empty_answer(HTTPStatus.OK, (("Status", "Invalid"), *LANGUAGE))
        ready_at = job.asked_at + timedelta(seconds=switches.summary_seconds)
        if self._tenant.world.clock.now() < ready_at:
            wait = ("Cache-Control", f"max-age={_WAIT_SECONDS}")
            return empty_answer(HTTPStatus.OK, (("Status", "Processing"), wait, *LANGUAGE))
        with self._lock:
            job.result = job.result or self._fresh("list")
        place = ("Location", self._place(ask, job.result))
        return empty_answer(HTTPStatus.CREATED, (("Status", "Completed"), place, *LANGUAGE))

    def fetch(self, ask: Ask) -> Answer:
        """The list; 404 for the second time."""
        self._know(ask)
        with self._lock:
            found = [job for job in self._jobs.values() if job.result == ask.parts["summaryId"]]
            if not found or found[0].is_fetched:
                return empty_answer(HTTPStatus.NOT_FOUND)
            job = found[0]
            job.is_fetched = True
        is_wanted = self._test(job.wanted)
        stays = [] if ask.is_empty else [stay for stay in self._tenant.stays() if is_wanted(stay)]
        return document({"reservations": [self._row(stay) for stay in stays]})

    def _know(self, ask: Ask) -> None:
        if ask.parts["extSystemCode"] != EXTERNAL_SYSTEM:
            raise Refusal(HTTPStatus.BAD_REQUEST, "RSV00100", "The external system is not configured.")

    def _not_too_often(self, body: bytes, wanted: _Criteria, now: datetime) -> None:
        for job in self._jobs.values():
            if job.body == body and now - job.asked_at < _SAME_AGAIN:
                raise invalid("RSV00101", "The same request was made less than 30 minutes ago")
            is_open = job.wanted.last_modified_date is not None and not job.is_fetched
            if wanted.last_modified_date is not None and is_open and now - job.asked_at < _CHANGES_AGAIN:
                raise invalid("RSV00102", "A request by last modified date may be made every 3 hours")

    def _fresh(self, what: str) -> str:
        return self._tenant.names.secret("summary", what, next(self._numbers))

    @staticmethod
    def _place(ask: Ask, number: str) -> str:
        head, _, _ = ask.call.path.partition("/dailySummary")
        return f"{ask.call.base_url}{head}/dailySummary/{number}"

    def _test(self, wanted: _Criteria) -> Callable[[Stay], bool]:
        changes, dates = wanted.last_modified_date, wanted.time_span
        if changes is not None:
            first, last = _utc(changes.start_last_modified_date), _utc(changes.end_last_modified_date)
            return lambda stay: first <= stay.record.updated_at <= last
        if dates is not None:
            return lambda stay: stay.arrival <= dates.end_date and stay.departure >= dates.start_date
        return lambda _: False

    def _row(self, stay: Stay) -> Json:
        record, guest = stay.record, stay.guest
        line = stay.current(self._tenant.today())
        cancelled = record.cancelled_at if stay.state is State.CANCELLED else None
        return given(
            hotelId=self._tenant.names.code,
            reservationIdList=ids(stay),
            externalReferences=references(stay),
            resvStatus=_STATUSES[stay.computed(self._tenant.today())],
            sharedYn="N",
            arrival=_midnight(stay.arrival),
            departure=_midnight(stay.departure),
            checkedOutDate=None if record.checked_out_at is None else utc_text(record.checked_out_at),
            cancellationDate=None if cancelled is None else utc_text(cancelled),
            bookingDate=utc_text(record.created_at),
            nationality=guest.country,
            guestCountry=guest.country,
            resvType="6PM" if stay.state is State.OPTION else "CC",
            noOfRooms=1,
            blockCode=None if record.group_code is None else record.group_code[:20],
            groupName=record.group_name,
            createDateTime=utc_text(record.created_at),
            lastModifiedDateTime=utc_text(record.updated_at),
            lastModifiedDate=utc_text(record.updated_at),
            adults=line.adults,
            children1=line.children,
            children2=0,
            children3=0,
            dailySummary=[self._night(stay, each, place) for each in stay.lines for place in _places(each)],
        )

    def _night(self, stay: Stay, line: StayLine, place: int) -> Json:
        currency = self._tenant.currency
        price = None if self._tenant.is_suppressed(stay) else major_number(line.nightly[place], currency)
        return given(
            trxDate=_midnight(line.arrival + timedelta(place)),
            rateCode=line.rate_plan,
            rateAmount=price,
            rateAmountCurrency=None if price is None else currency,
            marketCode=market_code(stay),
            sourceCode=source_code(stay.record.source),
            roomType=line.room_type,
            bookedRoomType=stay.lines[0].room_type,
            roomTypeCharged=line.room_type,
            room=line.room,
            adults=line.adults,
            children=line.children,
        )


def _read(ask: Ask) -> _Criteria:
    try:
        wanted = msgspec.convert(json_object(ask.call), _Request).criteria
    except msgspec.ValidationError as wrong:
        raise invalid("GEN00002", str(wrong)) from None
    changes, dates = wanted.last_modified_date, wanted.time_span
    if (changes is None) == (dates is None):
        raise invalid("RSV00104", "The criteria need either timeSpan or lastModifiedDate")
    if changes is not None:
        length = _utc(changes.end_last_modified_date) - _utc(changes.start_last_modified_date)
    elif dates is not None:
        length = dates.end_date - dates.start_date
    if not timedelta() <= length <= timedelta(_MOST_DAYS):
        raise invalid("RSV00105", f"The span must be of at most {_MOST_DAYS} days")
    return wanted


def _places(line: StayLine) -> range:
    return range(len(line.nightly))


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _utc(at: datetime) -> datetime:
    """A time without zone is UTC here."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
