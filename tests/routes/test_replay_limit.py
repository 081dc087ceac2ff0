"""Replays of many are costly to others: a person may start ten in ten minutes, and is told how long to wait."""

from collections.abc import Callable

from tests.cast import ADA, IAN, Browser, Character
from webapp.models import LogEntry
from webapp.runtime import Runtime
from webapp.services import endpoints

ClientOf = Callable[[Character | None], Browser]
CALLS = "/integrations/logs/inbox/start"
SINCE = {"since": "2026-07-14T10:00:00+00:00"}


def test_the_eleventh_replay_waits_whether_of_calls_or_of_deliveries(
    hub: Runtime, client_of: ClientOf
) -> None:
    ian = client_of(IAN)
    made = endpoints.add(hub, url="http://127.0.0.1:8099/", events=["booking.created"], actor=IAN.email)
    deliveries = f"/settings/api-access/endpoints/{made.endpoint.public_id}/again/start"
    for _ in range(5):
        assert ian.post(CALLS, data={"hit": ["hi_none"]}).status_code == 303
        assert ian.post(deliveries, data=SINCE).status_code == 303
    before = replays(hub)
    for address, data in ((CALLS, {"hit": ["hi_none"]}), (deliveries, SINCE)):
        for hx in (False, True):
            refused = ian.post(address, data=data, hx=hx)
            assert refused.status_code == 429
            assert "nothing more was started" in refused.text
            assert f"Wait {int(refused.headers['Retry-After']) // 60} min" in refused.text
    assert refused.headers["HX-Retarget"] == "#banner"
    assert replays(hub) == before == 5
    assert client_of(ADA).post(deliveries, data=SINCE).status_code == 303  # it is her first


def replays(hub: Runtime) -> int:
    with hub.reading() as session:
        return session.query(LogEntry).filter(LogEntry.action == "delivery.replayed").count()
