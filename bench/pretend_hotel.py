"""The pretend hotel that both sides read from: the simulator's bulk generator in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.request import Request, urlopen

import msgspec

ROOT = Path(__file__).resolve().parents[1]
RECIPE = ROOT / "simulator" / "pms" / "custom_rest.recipe.json"


class PretendHotel(msgspec.Struct, frozen=True):
    """What the simulator says about itself in its first line."""

    url: str
    control_token: str
    property_id: str
    hotel_name: str
    timezone: str
    currency: str
    business_date: date
    credentials: dict[str, dict[str, str]]

    @property
    def key(self) -> str:
        return self.credentials["api_key_header"]["value"]

    @property
    def reservations(self) -> str:
        """The address of the list, without its query."""
        return f"{self.url}/v2/properties/{self.property_id}/reservations"

    def touch(self, share: float) -> int:
        """Changes that share of the reservations; answers how many."""
        body = msgspec.json.encode({"share": share})
        headers = {"X-Simulator-Token": self.control_token, "Content-Type": "application/json"}
        request = Request(f"{self.url}/_control/touch", body, headers)  # noqa: S310  # our own loopback address
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return int(msgspec.json.decode(answer.read())["changed"])

    def recipe(self, page: int) -> str:
        """The simulator's own recipe with pages of that size and no pacing."""
        recipe = msgspec.json.decode(RECIPE.read_bytes())
        recipe["limits"] = {"per_second": 0}
        recipe["streams"]["bookings"]["pagination"]["size"] = page
        return msgspec.json.encode(recipe).decode()


@contextmanager
def pretend_hotel(rows: int) -> Iterator[PretendHotel]:
    """Serves `rows` computed reservations until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "--bulk", str(rows), "--rate-limit", "0"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        line = process.stdout.readline() if process.stdout else b""
        yield msgspec.json.decode(line, type=PretendHotel)
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait(20)
