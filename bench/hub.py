"""The product as a contestant: a folder of its own, one connection to the pretend hotel, one run per step."""

import gc
import sys
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from bench.calls import SECRET
from bench.figures import Figures, Watch, answer
from bench.pretend_hotel import PretendHotel
from webapp.models import Booking, BookingChange, Connection, Role, RunState
from webapp.runtime import Runtime
from webapp.services import hotels, users
from webapp.services.adapters import seal_secrets
from webapp.services.installation import open_runtime
from webapp.services.syncing import sync_once
from webapp.settings import Settings
from webapp.vault import Secret

NETWORK = {"PROVIDER_ALLOWED_NETWORKS": "127.0.0.1/32"}
EMAIL, PASSWORD = "bench@aurora.example", "a long password for a bench"
HISTORY_DAYS = 366
"""As far back as the pretend hotel's oldest arrival."""


def opened(folder: Path) -> Runtime:
    return open_runtime(Settings.from_env(NETWORK, data_dir=folder)).runtime


def furnish(runtime: Runtime, hotel: PretendHotel, page: int) -> None:
    """The hotel, somebody to sign in as, and a connection that reads bookings."""
    now = runtime.clock()
    told = hotels.NewHotel(hotel.hotel_name, hotel.timezone, hotel.currency, 3)
    with runtime.writing() as session:
        hotels.add_hotel(runtime, session, told, business_date=hotel.business_date)
        session.add(
            Connection(
                public_id=runtime.new_id("cn"),
                provider="custom_rest",
                name="Aurora PMS",
                role="primary",
                options={
                    "endpoint_url": f"{hotel.url}/v2",
                    "auth_kind": "api_key",
                    "key_place": "header",
                    "key_name": "X-Api-Key",
                    "property_id": hotel.property_id,
                    "recipe": hotel.recipe(page),
                },
                credentials=seal_secrets(
                    runtime, {"api_key": Secret(hotel.key), "webhook_secret": Secret(SECRET)}
                ),
                streams=["bookings"],
                history_days=HISTORY_DAYS,
                created_at=now,
                changed_at=now,
            )
        )
    users.create_user(
        runtime, email=EMAIL, name="Bea Bench", role=Role.OWNER, password=PASSWORD, actor="bench"
    )


def run(runtime: Runtime, step: str) -> Figures:
    """`full` loads everything, `delta` asks for changes, `again` reads the whole list once more."""
    watch = Watch()
    report = sync_once(runtime, 1, full=step == "again")
    tally = report.streams[0]
    figures = watch.figures(rows=tally.added + tally.changed, unchanged=tally.unchanged, calls=report.calls)
    if report.state is not RunState.SUCCEEDED:
        raise SystemExit(f"the run {report.state}: {report.fault}")
    with runtime.reading() as session:
        stored = session.scalar(select(func.count()).select_from(Booking)) or 0
        changes = session.scalar(select(func.count()).select_from(BookingChange)) or 0
    return msgspec.structs.replace(figures, counted={**figures.counted, "stored": stored, "changes": changes})


if __name__ == "__main__":
    place, told, size = sys.argv[1:]
    hub = opened(Path(place))
    furnish(hub, msgspec.json.decode(told, type=PretendHotel), int(size))
    gc.freeze()  # as `serve` does before it answers
    answer(lambda step: run(hub, step))
    hub.close()
