"""Records that come as bytes: what is known byte by byte is neither mapped nor written, and everything else is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

import msgspec
import pytest
from sqlalchemy import delete, select

from tests.memory_provider import adapter as adapter_module
from tests.memory_provider.adapter import Adapter
from tests.sync_stage import STAMP, TODAY, Stage, booking
from webapp.domain.booking import Booking
from webapp.domain.event import Road
from webapp.domain.stream import Mode, Stream, Window
from webapp.domain.wording import Sentence
from webapp.integrations.kit.contract import Page, Skipped
from webapp.integrations.kit.errors import RecipeWrong
from webapp.integrations.kit.raw_pages import RawPage
from webapp.models import Booking as BookingRow
from webapp.models import RunState, StreamCursor, Verdict
from webapp.runtime import Runtime
from webapp.services import sync_known, sync_runs
from webapp.services.applying import Circumstances
from webapp.services.applying_bookings import apply_bookings, mark_gone
from webapp.services.sync_claims import claim_one
from webapp.services.sync_known import KnownBookings
from webapp.services.sync_plan import Position, Walk

pytestmark = pytest.mark.usefixtures("memory_provider")


@dataclass
class Shop:
    """A stage whose provider hands out bytes. `read` counts what was mapped; `words` are statuses nobody knows."""

    stage: Stage
    edition: int = 1
    words: dict[str, int] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()
    mapped: list[str] = field(default_factory=list)

    def pages(self, pages: Iterable[Page]) -> Iterator[RawPage]:
        for page in pages:
            raws = [msgspec.Raw(msgspec.json.encode(record)) for record in page.records]
            yield RawPage(raws, page.cursor, self.edition, self._ids, partial(self._read, page))

    def _ids(self, raws: Sequence[msgspec.Raw]) -> list[str]:
        return [msgspec.json.decode(raw)["external_id"] for raw in raws]

    def _read(self, page: Page, raws: Sequence[msgspec.Raw]) -> Page:
        found = [msgspec.json.decode(raw, type=Booking) for raw in raws]
        self.mapped += [one.external_id for one in found]
        bad = [one for one in found if one.external_id in self.unreadable]
        good = [one for one in found if one.external_id not in self.unreadable]
        skipped = [Skipped(one.external_id, Sentence("no")) for one in bad]
        high = max((one.updated_at for one in good if one.updated_at), default=None)
        return replace(page, records=good, skipped=skipped, high_water=high, unmapped=self.words)

    def sync_of(self, *bookings: Booking, full: bool = True) -> list[str]:
        """The ids that were mapped in this run."""
        self.mapped = []
        assert self.stage.sync_of(*bookings, full=full).state is RunState.SUCCEEDED
        return self.mapped


@pytest.fixture
def shop(either_hub: Runtime, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = Shop(Stage(either_hub))

    class RawAdapter(Adapter):
        def reads_raw(self, stream: Stream) -> bool:
            return stream is Stream.BOOKINGS

        def fetch_raw(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[RawPage]:
            return made.pages(self.fetch(stream, window, cursor))

    monkeypatch.setattr(adapter_module, "Adapter", RawAdapter)
    return made


def test_a_list_that_is_read_again_maps_only_what_changed(shop: Shop) -> None:
    assert shop.sync_of(booking("R1"), booking("R2")) == ["R1", "R2"]
    assert shop.sync_of(booking("R1"), booking("R2", minutes=5, notes="late")) == ["R2"]
    stream = shop.stage.stream_rows()[-1]
    assert (stream.seen, stream.added, stream.changed, stream.unchanged) == (2, 0, 1, 1)
    assert stream.verdict == Verdict.NEW_DATA


def test_what_is_known_counts_as_seen_and_moves_the_high_water(shop: Shop) -> None:
    shop.sync_of(booking("R1"), booking("R2", minutes=9), full=False)
    assert shop.sync_of(booking("R2", minutes=9), full=False) == []
    cursor = shop.stage.cursor("delta")
    assert cursor is not None
    assert cursor.high_water is not None
    assert (cursor.high_water - STAMP).total_seconds() == 9 * 60


def test_another_mapping_reads_the_same_bytes_anew(shop: Shop) -> None:
    shop.sync_of(booking("R1"))
    shop.stage.edit(mapping_version=2)
    assert shop.sync_of(booking("R1")) == ["R1"]
    shop.edition = 2
    assert shop.sync_of(booking("R1")) == ["R1"]
    assert shop.sync_of(booking("R1")) == []


def test_a_booking_that_was_gone_comes_back_with_the_same_bytes(shop: Shop) -> None:
    shop.sync_of(booking("R1"))
    how = Circumstances(shop.stage.id, 1, Road.SWEEP, shop.stage.hub.clock())
    with shop.stage.hub.bulk_writing() as db:
        assert mark_gone(db, how, ["R1"]) == 1
    assert shop.sync_of(booking("R1")) == ["R1"]
    assert shop.stage.bookings()["R1"].gone_at is None


def test_a_status_that_nobody_knows_is_told_every_time(shop: Shop) -> None:
    shop.words = {"LIMBO": 1}
    assert shop.sync_of(booking("R1")) == ["R1"]
    assert shop.sync_of(booking("R1")) == ["R1"]
    assert shop.stage.stream_rows()[-1].notes["unmapped"] == {"LIMBO": 1}


def test_what_cannot_be_read_is_skipped_every_time_and_the_others_are_known(shop: Shop) -> None:
    shop.unreadable = frozenset({"R2"})
    assert shop.sync_of(booking("R1"), booking("R2"), booking("R3")) == ["R1", "R2", "R3"]
    assert shop.sync_of(booking("R1"), booking("R2"), booking("R3")) == ["R2"]
    assert shop.stage.stream_rows()[-1].skipped == 1
    assert set(shop.stage.bookings()) == {"R1", "R3"}


def test_of_a_booking_that_comes_twice_in_a_page_the_later_counts(shop: Shop) -> None:
    one, other = booking("R1", notes="first"), booking("R1", minutes=1, notes="second")
    for _ in range(2):
        assert shop.sync_of(one, other) == ["R1", "R1"]
        assert shop.stage.bookings()["R1"].notes == "second"


def test_a_hit_that_changed_a_booking_makes_the_list_read_it(shop: Shop) -> None:
    shop.sync_of(booking("R1"))
    with shop.stage.hub.bulk_writing() as db:
        how = Circumstances(shop.stage.id, 1, Road.HIT, shop.stage.hub.clock())
        apply_bookings(db, how, [booking("R1", minutes=3, notes="by phone")])
    assert shop.sync_of(booking("R1", minutes=3, notes="by phone")) == ["R1"]
    assert shop.sync_of(booking("R1", minutes=3, notes="by phone")) == []


def test_records_that_cannot_be_mapped_end_the_run_before_anything_is_written(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_page: Page, _raws: Sequence[msgspec.Raw]) -> Page:
        raise RecipeWrong("streams.bookings.fields", "no")

    monkeypatch.setattr(shop, "_read", refuse)
    report = shop.stage.sync_of(booking("R1"))
    assert report.state is RunState.FAILED
    assert report.fault is not None
    assert report.fault.code == "recipe_wrong"
    assert shop.stage.bookings() == {}


def test_pages_without_news_are_counted_though_each_is_not_written(shop: Shop) -> None:
    def answer(_window: Window, _cursor: str | None) -> Iterator[Page]:
        for number in range(1, 6):
            yield Page((booking(f"R{number}"),), str(number) if number < 5 else None)

    shop.stage.script.answers[Stream.BOOKINGS] = answer
    for added, mapped in ((5, 5), (0, 0)):
        shop.mapped = []
        assert shop.stage.sync(full=True).state is RunState.SUCCEEDED
        stream = shop.stage.stream_rows()[-1]
        assert (stream.pages, stream.seen, stream.added, stream.unchanged) == (5, 5, added, 5 - added)
        assert len(shop.mapped) == mapped
    cursor = shop.stage.cursor("backfill")
    assert cursor is not None
    assert (cursor.position, cursor.last_seen) == (None, 5)


def pages_of(*numbers: str) -> Iterator[Page]:
    """One booking a page."""
    last = len(numbers) - 1
    for place, number in enumerate(numbers):
        one = booking(number, minutes=place)
        yield Page((one,), str(place) if place < last else None, one.updated_at)


@pytest.mark.parametrize("most", [200_000, 1])
def test_a_long_list_maps_only_what_changed_however_many_are_stored(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(KnownBookings, "MOST", most)
    answers = shop.stage.script.answers
    answers[Stream.BOOKINGS] = lambda _window, _cursor: pages_of("R1", "R2", "R3")
    shop.stage.sync(full=True)
    shop.mapped = []
    answers[Stream.BOOKINGS] = lambda _window, _cursor: pages_of("R1", "R4", "R3")
    assert shop.stage.sync(full=True).state is RunState.SUCCEEDED
    assert shop.mapped == ["R4"]
    stream = shop.stage.stream_rows()[-1]
    assert (stream.seen, stream.added, stream.unchanged) == (3, 1, 2)


def test_a_long_list_of_known_bookings_tells_a_cursor_that_knows_nothing_how_far_it_is(shop: Shop) -> None:
    shop.stage.script.answers[Stream.BOOKINGS] = lambda _window, _cursor: pages_of("R1", "R2", "R3")
    shop.stage.sync(full=True)
    with shop.stage.hub.writing() as session:
        session.execute(delete(StreamCursor))
    shop.mapped = []
    assert shop.stage.sync().state is RunState.SUCCEEDED
    assert shop.mapped == []
    for mode in ("backfill", "delta"):
        cursor = shop.stage.cursor(mode)
        assert cursor is not None
        assert cursor.high_water == STAMP + timedelta(minutes=2)


def test_a_booking_that_a_hit_changes_during_a_long_walk_is_not_known_any_more(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sync_of(booking("R1"), booking("R2"))
    stage, hub = shop.stage, shop.stage.hub
    run = sync_runs.begin(hub, claim_one(hub, stage.id, owner="test"), full=True)
    monkeypatch.setattr(sync_known, "_LOOK_EVERY", 0.0)
    (page,) = shop.pages([Page((booking("R1"), booking("R2")), "more")])
    with hub.reading() as session:
        rows = {row.external_id: row.content_hash for row in session.scalars(select(BookingRow))}
    digests = [rows["R1"], rows["R2"]]
    window = Window(Mode.BACKFILL, None, hub.clock(), TODAY, TODAY)
    known = KnownBookings(Walk(Stream.BOOKINGS, Mode.BACKFILL, Position(window), None, None))
    assert known.marks_of(run, page, digests) == [hash("R1"), hash("R2")]
    with hub.bulk_writing() as db:
        how = Circumstances(stage.id, 1, Road.HIT, hub.clock())
        apply_bookings(db, how, [booking("R2", minutes=3, notes="by phone")])
    assert known.marks_of(run, page, digests) == [hash("R1"), None]
