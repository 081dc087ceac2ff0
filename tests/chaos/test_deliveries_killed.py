"""Two processes empty one outbox while one of them is killed again and again: every event arrives, none is lost."""

import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from sqlalchemy import select

from tests.chaos.house import NETWORK
from tests.receiver import Receiver, Reply, Told, receiving
from webapp.domain.outgoing import OutgoingType
from webapp.models import Delivery, DeliveryAttempt, DeliveryState
from webapp.runtime import Runtime
from webapp.services import endpoints, outbox
from webapp.services.installation import open_runtime
from webapp.services.outbox import News
from webapp.settings import Settings

ROOT = Path(__file__).parents[2]
EVENTS = 2_000  # times the rounds
OPEN = {**NETWORK, "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.1/32", "OUTBOUND_RETRY_SCHEDULE": "0,1,1,1"}
KILLS = 4


@contextmanager
def worker(settings: Settings, ahead: float, name: str) -> Iterator[subprocess.Popen[str]]:
    own = {"HOTEL_ASSISTANT_DATA": str(settings.data_dir), "PYTHONUNBUFFERED": "1"}
    if not settings.uses_sqlite:
        own["DATABASE_URL"] = settings.database_url
    command = [sys.executable, "-m", "tests.chaos.delivery_process", str(ahead), name]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **OPEN, **own}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def fill(runtime: Runtime, receiver: Receiver, events: int) -> None:
    for number in range(2):
        endpoints.add(runtime, url=f"{receiver.url}/{number}", events=["booking.created"], actor="test")
    now = datetime.now(UTC)
    with runtime.writing() as session:
        news = [News(OutgoingType.BOOKING_CREATED, now, {"number": number}) for number in range(events // 2)]
        outbox.tell(session.connection(), now, news)


def test_every_event_arrives_though_its_sender_is_killed(
    place: Settings, rng: random.Random, rounds: int
) -> None:
    """Half of the calls to one endpoint fail the first time, so that the calendar has a part too."""
    settings = Settings.from_env({**OPEN, **_database(place)}, data_dir=place.data_dir)
    failed: set[str] = set()
    events = EVENTS * rounds
    lock = threading.Lock()

    def answer(told: Told) -> Reply:
        key = told.headers["webhook-id"]
        with lock:
            is_first = told.path.endswith("/1") and key not in failed and len(failed) < 50
            if is_first:
                failed.add(key)
        return Reply(500 if is_first else 200)

    with receiving() as receiver:
        receiver.answers = answer
        runtime = open_runtime(settings).runtime
        fill(runtime, receiver, events)
        ahead = 0.0
        for kill in range(KILLS):
            with worker(settings, ahead, f"killed{kill}") as process:
                wanted = len(receiver.told) + rng.randrange(50, 250)
                while len(receiver.told) < wanted and process.poll() is None:
                    threading.Event().wait(0.005)
            ahead += 70  # the dead one's claims have run out
        with worker(settings, ahead, "first") as first, worker(settings, ahead, "second") as second:
            assert (first.wait(120), second.wait(120)) == (0, 0)
        with runtime.reading() as session:
            states = Counter(session.scalars(select(Delivery.state)))
            tries = session.scalars(
                select(DeliveryAttempt).order_by(DeliveryAttempt.delivery_id, DeliveryAttempt.id)
            ).all()
        runtime.close()
    assert states == {DeliveryState.DELIVERED: events}
    heard = Counter((told.path[-1], told.headers["webhook-id"]) for told in receiver.told)
    assert len(heard) == events
    assert len(tries) <= len(receiver.told)
    again = [(one, two) for one, two in pairwise(tries) if one.delivery_id == two.delivery_id]
    assert again
    for (
        one,
        two,
    ) in again:  # as the calendar says: a second later, a tenth earlier at most, and only after a failure
        assert one.status == 500
        assert two.at - one.at >= timedelta(seconds=0.9)
    twice = sum(count - 1 for count in heard.values()) - len(failed)
    assert 0 <= twice <= KILLS * 2 * 25  # no more than what was under way when somebody was killed


def _database(place: Settings) -> dict[str, str]:
    return {} if place.uses_sqlite else {"DATABASE_URL": place.database_url}
