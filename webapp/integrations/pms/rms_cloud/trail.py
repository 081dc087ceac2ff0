"""The audit trail: when guests truly came and left, kept from run to run, since a reservation itself does not say."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec

from webapp.domain.booking import BookingStatus
from webapp.integrations.kit.plain_values import text
from webapp.integrations.kit.unreadable import Unreadable

from .asking import PAGE, Rms, batches, rows_of
from .house import House, Memory
from .mapping import STATUSES, Moments, folded
from .reading import Row, first_second, id_of, last_second, moment, whole

PATH = "auditTrail/search"
KEPT_DAYS = 4
READ_AGAIN_AFTER = timedelta(seconds=60)
_MOST_PAGES = 100
_NAME = "trail"
_LASTING = timedelta(days=30)

When = Callable[[Row], datetime | None]


class _Move(msgspec.Struct, frozen=True, array_like=True):
    arrived_at: datetime | None
    left_at: datetime | None


class _Kept(msgspec.Struct, frozen=True):
    """`last` is the greatest id of the trail that was read, `read_at` when."""

    last: int
    read_at: datetime
    moves: dict[str, _Move]


class Trail:
    """Raises ProviderError."""

    def __init__(self, rms: Rms, house: House, memory: Memory) -> None:
        self._rms = rms
        self._house = house
        self._memory = memory

    def catch_up(self) -> None:
        """Reads on from where it stopped, for all bookings; one call a cycle, whichever stream comes first."""
        kept = self._kept()
        now = self._rms.now
        if kept is not None and abs(now - kept.read_at) < READ_AGAIN_AFTER:
            return
        today = self._house.today
        filters: dict[str, object] = {
            "dateFrom": first_second(today - timedelta(KEPT_DAYS - 2)),
            "dateTo": last_second(today + timedelta(1)),
        }
        if kept is not None and kept.last:
            filters["auditTrailIdFrom"] = kept.last
        rows: list[Row] = self._memory.optional(_NAME, partial(self._read, filters), [])
        moves = _told(rows, dict(kept.moves) if kept else {}, self._at)
        oldest = now - timedelta(KEPT_DAYS)
        alive = {
            key: move for key, move in moves.items() if (move.left_at or move.arrived_at or now) >= oldest
        }
        last = max([whole(row.get("id")) for row in rows], default=kept.last if kept else 0)
        self._memory.put(_NAME, _Kept(last, now, alive), _LASTING)

    def known(self) -> dict[str, Moments]:
        """By the booking's id, of the last days."""
        kept = self._kept()
        return {key: Moments(*_pair(move)) for key, move in kept.moves.items()} if kept else {}

    def of(self, ids: Sequence[int]) -> dict[str, Moments]:
        """Asked for these bookings, when a call announced something."""
        rows: list[Row] = []
        for batch in batches(ids):
            rows += self._memory.optional(_NAME, partial(self._read, {"reservationIds": batch}), [])
        return {key: Moments(*_pair(move)) for key, move in _told(rows, {}, self._at).items()}

    # ----------------------------------------------------------------------------------------------------------------

    def _kept(self) -> _Kept | None:
        return self._memory.get(_NAME, _Kept)

    def _read(self, filters: dict[str, object]) -> list[Row]:
        asked = {"fieldModified": "Status", "propertyIds": [self._house.hotel.id], **filters}
        found: list[Row] = []
        for _ in range(_MOST_PAGES):
            rows, odd = rows_of(self._rms.search(PATH, asked, {"limit": PAGE, "offset": len(found)}))
            found += rows
            if len(rows) + odd < PAGE:
                break
        return found

    def _at(self, row: Row) -> datetime | None:
        try:
            return moment(row.get("createdDate"), self._house.zone, self._rms.now, "createdDate")
        except Unreadable:
            return None


def _told(rows: Iterable[Row], moves: dict[str, _Move], at: When) -> dict[str, _Move]:
    """In the order in which they happened: whatever takes a check-in back takes its time back."""
    for row in sorted(rows, key=lambda row: whole(row.get("id"))):
        key = id_of(row, "reservationId")
        field = folded(text(row.get("fieldModified")))
        if not key or field not in ("", "status"):
            continue
        became = STATUSES.get(folded(text(row.get("newValue"))))
        before = moves.get(key, _Move(None, None))
        if became is BookingStatus.CHECKED_IN:
            # Back in after a departure by mistake: he came when he came.
            was_out = STATUSES.get(folded(text(row.get("oldValue")))) is BookingStatus.CHECKED_OUT
            moves[key] = _Move((before.arrived_at if was_out else None) or at(row), None)
        elif became is BookingStatus.CHECKED_OUT:
            moves[key] = _Move(before.arrived_at, at(row))
        else:
            moves.pop(key, None)
    return moves


def _pair(move: _Move) -> tuple[datetime | None, datetime | None]:
    return move.arrived_at, move.left_at
