"""What changed, by Oracle's asynchronous daily summary: the only list that can be asked for by the time of a change.

A job is ordered, looked at no more than once a minute, and its answer fetched once: a second time is a 404. So its state
is remembered beside the connection, and a walk takes it one step further whenever it comes by.
"""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import msgspec

from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.errors import ContractBroken, NotFound, PermissionMissing
from webapp.integrations.kit.plain_values import text

from .asking import Ohip
from .change_payloads import SummaryAnswer
from .reading import id_of

LOOK_EVERY = timedelta(minutes=1)
ORDER_EVERY = timedelta(minutes=30)
"""The same request at most twice an hour; by the time of a change it also needs that the last one was fetched, or else
three hours."""
AFTER_A_LOSS = timedelta(hours=3)
OVERLAP = timedelta(minutes=10)
LONGEST_SPAN = timedelta(days=94)
REFUSED_FOR = timedelta(days=1)
KEPT_FOR = timedelta(days=7)

_WAITING, _TAKEN, _DONE, _REFUSED = "waiting", "taken", "done", "refused"


class Job(msgspec.Struct, frozen=True):
    """`taken`: the answer is being fetched. When it stays so, that fetch died and the answer is gone."""

    state: str
    ordered_at: datetime
    since: datetime
    until: datetime
    location: str = ""
    looked_at: datetime | None = None
    ids: tuple[str, ...] = ()
    read_until: datetime | None = None  # the window of the walk that was given the ids


class Changes:
    def __init__(self, ohip: Ohip) -> None:
        self._ohip = ohip
        self._key = f"changes:{ohip.mark}"
        self._path = f"rsv/async/v1/externalSystems/{ohip.external_system}/hotels/{ohip.hotel_id}/reservations/dailySummary"

    def since(self, since: datetime, until: datetime) -> tuple[str, ...] | None:
        """Ids of reservations that changed, for the walk whose window ends at `until`; empty while a job runs or none is
        due. None where the hotel cannot use these jobs. Raises ProviderError."""
        now = self._ohip.client.clock()
        job = self._load()
        if job is not None and job.state == _DONE and job.read_until == until:
            return job.ids  # the same walk, going on
        if job is None or self._is_over(job, now):
            job = self._order(job, since, until, now)
        if job.state == _WAITING and (job.looked_at is None or now - job.looked_at >= LOOK_EVERY):
            job = self._look(job, now)
        if job.state == _REFUSED:
            return None
        if job.state == _DONE and job.read_until is None:
            job = self._keep(msgspec.structs.replace(job, read_until=until))
            return job.ids
        return ()

    def _is_over(self, job: Job, now: datetime) -> bool:
        """Whether the next may be ordered."""
        age = now - job.ordered_at
        if age < timedelta(0):
            return True  # a clock that has been put back
        if job.state == _REFUSED:
            return age >= REFUSED_FOR
        if job.state == _DONE:
            return job.read_until is not None and age >= ORDER_EVERY
        return age >= AFTER_A_LOSS

    def _order(self, last: Job | None, since: datetime, until: datetime, now: datetime) -> Job:
        """What the last job did not bring is asked for again."""
        if last is not None:
            since = min(since, last.until if last.state == _DONE else last.since)
        since = max(since - OVERLAP, until - LONGEST_SPAN)
        job = Job(_WAITING, now, since, until)
        span = {"startLastModifiedDate": _stamp(since), "endLastModifiedDate": _stamp(until)}
        criteria = {"criteria": {"hotelId": self._ohip.hotel_id, "lastModifiedDate": span}}
        try:
            answer = self._ohip.post(self._path, criteria)
        except (PermissionMissing, NotFound, ContractBroken):
            # Not subscribed, or OPERA does not know the external system: the days around today are swept instead.
            return self._keep(msgspec.structs.replace(job, state=_REFUSED))
        return self._keep(msgspec.structs.replace(job, location=self._location(answer)))

    def _look(self, job: Job, now: datetime) -> Job:
        try:
            answer = self._ohip.head(job.location)
        except NotFound:
            return self._keep(msgspec.structs.replace(job, state=_TAKEN))
        job = self._keep(msgspec.structs.replace(job, looked_at=now))
        if answer.status == HTTPStatus.CREATED:
            return self._fetch(msgspec.structs.replace(job, location=self._location(answer)))
        if answer.headers.get("status", "").strip().lower() == "invalid":
            return self._keep(msgspec.structs.replace(job, state=_TAKEN))
        return job

    def _fetch(self, job: Job) -> Job:
        """Marked before it is asked for: after a crash in between, the next job covers the same span again."""
        self._keep(msgspec.structs.replace(job, state=_TAKEN))
        answer = self._ohip.read_once(job.location, {})
        rows = () if answer is None else answer.json(SummaryAnswer).reservations
        own = self._ohip.hotel_id.casefold()
        ids = [
            id_of(row.reservation_id_list, "Reservation")
            for row in rows
            if text(row.hotel_id).casefold() in ("", own)
        ]
        known = tuple(dict.fromkeys(key for key in ids if key))
        return self._keep(msgspec.structs.replace(job, state=_DONE, ids=known))

    def _location(self, answer: Answer) -> str:
        """Full or relative, but never away from the gateway: our token goes along. Raises ContractBroken."""
        given = answer.headers.get("location", "")
        if not given:
            raise ContractBroken("dailySummary: Location")
        if "://" not in given and not given.startswith("/"):
            given = f"/{self._path}/{given}"
        return self._ohip.client.own_link(given)

    def _load(self) -> Job | None:
        document = self._ohip.setup.get(self._key)
        if document is None:
            return None
        try:
            return msgspec.json.decode(document, type=Job)
        except msgspec.DecodeError:
            return None

    def _keep(self, job: Job) -> Job:
        document = msgspec.json.encode(job).decode()
        self._ohip.setup.put(self._key, document, self._ohip.client.clock() + KEPT_FOR)
        return job


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
