"""P12: outgoing webhooks a second, claimed, guarded, sent and written down, beside a plain loop of signed POSTs."""

import base64
import hashlib
import hmac
import tempfile
import threading
import time
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from statistics import median

import requests

from bench import hub
from bench.report import Line, Table
from bench.rounds import orders
from bench.sync import Plan
from bench.web import served
from webapp.domain.outgoing import EXAMPLES, OutgoingType
from webapp.integrations.kit.guard import NetworkPolicy
from webapp.jobs.delivery_pool import DeliveryPool
from webapp.models import DeliveryState
from webapp.runtime import Runtime
from webapp.services import delivery_views, endpoints, outbox
from webapp.services.outbox import News

EVENTS, MANY = 1_000, 8
KIND = OutgoingType.BOOKING_CREATED
WAYS = ("plain loop", "hub, one endpoint", f"hub, {MANY} endpoints")


def measure(plan: Plan) -> list[Table]:
    """Every way sends to the same receiver, in turns."""
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as place,
        served("-m", "bench.yardsticks.listener") as told,
    ):
        runtimes = {name: _furnished(Path(place) / name[-11:], told[0], count) for name, count in _counts()}
        for order in orders(WAYS, plan.rounds):
            for name in order:
                rate = _hub(runtimes[name]) if name in runtimes else _plain(told[0])
                found[name].append(rate)
        for runtime in runtimes.values():
            runtime.close()
    rates = {name: median(values) for name, values in found.items()}
    return [_goals(rates), _figures(rates)]


def _counts() -> tuple[tuple[str, int], ...]:
    return ((WAYS[1], 1), (WAYS[2], MANY))


def _furnished(folder: Path, address: str, count: int) -> Runtime:
    runtime = hub.opened(folder)
    runtime.outgoing_network = NetworkPolicy(allowed_networks=(ip_network("127.0.0.1/32"),))
    for number in range(count):
        endpoints.add(runtime, url=f"{address}/{number}", events=[KIND], actor="bench")
    return runtime


def _hub(runtime: Runtime) -> float:
    """Deliveries a second, from the moment the events are written until the last is settled."""
    now = datetime.now(UTC)
    with runtime.writing() as session:
        count = len(outbox.listeners(session.connection()))
        news = [News(KIND, now, EXAMPLES[KIND]) for _ in range(EVENTS // count)]
        made = outbox.tell(session.connection(), now, news)
    pool, tick, began = DeliveryPool(runtime), threading.Event(), time.perf_counter()
    pool.start_due()
    while pool.running:
        tick.wait(0.002)
    seconds = time.perf_counter() - began
    with runtime.reading() as session:
        if delivery_views.deliveries(session, state=DeliveryState.WAITING, limit=1).deliveries:
            raise SystemExit("the hub did not deliver everything")
    return made / seconds


def _plain(address: str) -> float:
    """Signs and posts one after another over one kept connection; remembers nothing."""
    key, body = b"k" * 32, outbox.envelope("ev_0", KIND, datetime.now(UTC), EXAMPLES[KIND])
    with requests.Session() as session:
        session.trust_env = False
        began = time.perf_counter()
        for number in range(EVENTS):
            moment = str(int(time.time()))
            content = f"ev_{number}.{moment}.".encode() + body
            signature = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
            headers = {
                "Content-Type": "application/json",
                "webhook-id": f"ev_{number}",
                "webhook-timestamp": moment,
                "webhook-signature": f"v1,{signature}",
            }
            session.post(f"{address}/plain", data=body, headers=headers, timeout=15).raise_for_status()
        return EVENTS / (time.perf_counter() - began)


def _goals(rates: dict[str, float]) -> Table:
    table = Table.of_goals("Outgoing webhooks")
    for name in WAYS[1:]:
        line = Line(
            f"P12 deliveries a second, {name}, x plain loop", rates[name] / rates[WAYS[0]], 0.3, least=True
        )
        table.judge(line)
    return table


def _figures(rates: dict[str, float]) -> Table:
    table = Table(f"Outgoing webhooks, {EVENTS} each", ("", "deliveries/s"))
    for name, rate in rates.items():
        table.add(name, f"{rate:,.0f}")
    return table
