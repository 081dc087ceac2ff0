"""The provider that calls: signed bodies of the pretend hotel's dialect, sent over kept connections at once."""

import hmac
import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from statistics import quantiles
from urllib.parse import urlsplit

import msgspec

SIGNATURE, STAMP, PREFIX = "X-Aurora-Signature", "X-Aurora-Timestamp", "v1="
SECRET = "bench-calls-are-signed-with-this"  # a blank would make two of it
CONNECTIONS = 16
_PADDING = "x" * 900  # a call of some 1.2 kB


@dataclass(frozen=True, slots=True)
class SignedCall:
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Volley:
    """What became of the calls."""

    wall: float
    seconds: Sequence[float]

    @property
    def rate(self) -> float:
        """Calls answered in a second."""
        return len(self.seconds) / self.wall

    def percentile(self, which: int) -> float:
        """Milliseconds."""
        return quantiles(self.seconds, n=100)[which - 1] * 1000


def signed_call(name: str, number: int, property_id: str) -> SignedCall:
    """An event of its own about a reservation of the bulk hotel, signed now."""
    data = {"reservationNo": str(1_000_000 + number), "note": _PADDING}
    event = {"id": name, "type": "reservation.changed", "property": property_id, "data": data}
    body, stamp = msgspec.json.encode(event), str(int(time.time()))
    digest = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, sha256).hexdigest()
    headers = {SIGNATURE: PREFIX + digest, STAMP: stamp, "Content-Type": "application/json"}
    return SignedCall(body, headers)


def volley(address: str, path: str, calls: Sequence[SignedCall], per_second: float | None = None) -> Volley:
    """Sends each call once, as fast as they are answered or at a pace; a paced one takes from the moment when it was
    due, so that those who wait for a free connection count too. Raises SystemExit for an answer that is not 200."""
    left, lock = iter(enumerate(calls)), threading.Lock()
    seconds: list[float] = []
    refused: list[int] = []

    def send() -> None:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        while True:
            with lock:
                number, call = next(left, (0, None))
            if call is None:
                break
            sent = time.perf_counter()
            if per_second is not None:
                sent = began + number / per_second
                time.sleep(max(0.0, sent - time.perf_counter()))
            connection.request("POST", path, call.body, call.headers)
            answer = connection.getresponse()
            answer.read()
            seconds.append(time.perf_counter() - sent)
            if answer.status != http.client.OK:
                refused.append(answer.status)
                break
        connection.close()

    began = time.perf_counter()
    threads = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise SystemExit(f"{path.rpartition('/')[0]}: {refused[0]}")
    return Volley(time.perf_counter() - began, seconds)
