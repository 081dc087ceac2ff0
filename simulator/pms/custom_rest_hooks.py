"""The webhooks of the Aurora PMS: one signed call for each thing that happens, to one address set up by the hotel."""

import hashlib
import hmac
import itertools
import threading
from collections.abc import Iterator
from datetime import datetime

import msgspec

from simulator.hotel import Guest, State
from simulator.pms.custom_rest_shapes import utc_text
from simulator.postman import Letter, Manners, Postman
from simulator.register import Change, DayClosed, News
from simulator.wire import Answer, Call, Refusal, json_answer
from simulator.world import World

_NAMES = {
    State.CANCELLED: "reservation.cancelled",
    State.IN_HOUSE: "reservation.arrived",
    State.CHECKED_OUT: "reservation.departed",
}
Data = dict[str, str]


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the calls go and what they are signed with, as the hotel typed it on the vendor's page."""

    url: str
    secret: str


class AuroraHooks:
    """Silent until `point_at`. The signature is HMAC-SHA256 over `timestamp.body`, in hex after `v1=`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._target: Target | None = None
        self._count = itertools.count(1)
        self.postman = Postman(world.clock.now)
        world.listen(self._hear)

    def point_at(self, target: Target | None) -> None:
        """None: nothing is sent any more."""
        with self._lock:
            self._target = target

    def stop(self) -> None:
        self.postman.stop()

    def control(self, call: Call, topic: str) -> Answer:
        """What stands below `/_control/webhooks/`; raises as the control desk does."""
        if topic == "target" and call.method == "POST":
            self.point_at(msgspec.json.decode(call.body, type=Target))
        elif topic == "target" and call.method == "DELETE":
            self.point_at(None)
        elif topic == "manners":
            if call.method == "POST":
                self.postman.behave(msgspec.json.decode(call.body or b"{}", type=Manners))
            return json_answer(self.postman.manners)
        elif topic == "sent":
            if call.method == "DELETE":
                self.postman.forget()
            return json_answer(self.postman.report())
        else:
            raise Refusal(404, "NOT_FOUND", "The control desk has nothing at this address.")
        return json_answer({})

    def _hear(self, news: News) -> None:
        with self._lock:
            target = self._target
        if target is None:
            return
        for name, data in self._told(news):
            self.postman.post(self._letter(target, name, data))

    def _told(self, news: News) -> Iterator[tuple[str, Data]]:
        if isinstance(news, DayClosed):
            yield "day.closed", {"businessDate": news.today.isoformat()}
        elif isinstance(news.after, Guest):
            if news.before is not None:
                yield "guest.changed", {"guestId": news.after.id}
        else:
            yield _name(news), {"reservationNo": news.after.number}

    def _letter(self, target: Target, name: str, data: Data) -> Letter:
        at = self._world.clock.now()
        document = {
            "id": f"evt_{next(self._count):08d}",
            "type": name,
            "at": utc_text(at),
            "property": self._world.hotel.code,
            "data": data,
        }
        body = msgspec.json.encode(document)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "AuroraPMS/2",
            **signed(target, body, at),
        }
        return Letter(target.url, name, body, headers)


def signed(target: Target, body: bytes, at: datetime) -> Data:
    """The headers that prove a call."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(target.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Aurora-Timestamp": stamp, "X-Aurora-Signature": f"v1={digest}"}


def _name(change: Change) -> str:
    before, after = change.before, change.after
    if before is None:
        return "reservation.made"
    if isinstance(before, Guest) or isinstance(after, Guest) or before.state is after.state:
        return "reservation.changed"
    return _NAMES.get(after.state, "reservation.changed")
