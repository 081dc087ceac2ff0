import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from simulator.faults import Fault, FaultKind
from simulator.server import Server, start
from simulator.world import World

ROOT = Path(__file__).parents[2]


def test_a_connection_is_kept_open_between_calls(vendor: Server, keyed: requests.Session) -> None:
    with socket.create_connection(("127.0.0.1", vendor.port), timeout=5) as line:
        for _ in range(2):
            line.sendall(b"GET /v2/ping HTTP/1.1\r\nHost: vendor\r\n\r\n")
            answer = line.recv(4096)
            assert answer.startswith(b"HTTP/1.1 401 Unauthorized\r\n")
            assert b"CREDENTIALS_MISSING" in answer


def test_it_listens_on_loopback_only(vendor: Server) -> None:
    assert vendor.url.startswith("http://127.0.0.1:")


def test_stopping_is_quick_although_a_call_hangs_and_a_client_idles(hotel_world: World) -> None:
    vendor = start(hotel_world, rate_limit=0)
    idle = socket.create_connection(("127.0.0.1", vendor.port), timeout=5)
    vendor.faults.switch_on(Fault(kind=FaultKind.HANG))
    hanging = threading.Thread(target=lambda: _try(f"{vendor.url}/v2/ping"))
    hanging.start()
    while not vendor.faults.hanging:
        assert hanging.is_alive()
    vendor.stop()
    hanging.join(5)
    assert not hanging.is_alive()
    idle.close()
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(f"{vendor.url}/v2/ping", timeout=5)
    vendor.stop()


def _try(url: str) -> None:
    try:
        requests.get(url, timeout=10)
    except requests.exceptions.ConnectionError:
        return


def test_a_body_that_is_too_large_is_refused(vendor: Server, http: requests.Session) -> None:
    answer = http.post(f"{vendor.url}/oauth/token", data=b"x" * 1_000_001)
    assert answer.status_code == 413


def test_eight_at_once_all_get_their_page(vendor: Server, keyed: requests.Session, address: str) -> None:
    key = {"X-Api-Key": str(keyed.headers["X-Api-Key"])}
    counts: list[int] = []

    def read(page: int) -> None:
        answer = requests.get(
            f"{address}/guests", headers=key, params={"page": page, "pageSize": 50}, timeout=10
        )
        counts.append(len(answer.json()["guests"]))

    threads = [threading.Thread(target=read, args=(page,)) for page in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert counts == [50] * 8


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "simulator", "--now", "2026-05-13T22:30:00+00:00", "--rate-limit", "0"]
    running = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with running:
        yield running
        if running.poll() is None:
            running.kill()


def _announced(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    assert isinstance(told, dict)
    return told


def test_a_process_announces_itself_serves_and_ends_with_its_input(
    process: subprocess.Popen[str], http: requests.Session
) -> None:
    told = _announced(process)
    assert told["property_id"] == "AUR1"
    assert told["business_date"] == "2026-05-14", "the date in Helsinki"
    assert str(told["now"]).startswith("2026-05-13T22:30:0")
    assert isinstance(told["credentials"], dict)
    assert set(told["credentials"]) >= {"api_key_header", "api_key_query", "basic", "bearer", "login_token"}
    key = {"X-Api-Key": told["credentials"]["api_key_header"]["value"]}
    assert http.get(f"{told['url']}/v2/ping", headers=key).json()["ok"] is True
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(60) == 0


def test_a_process_ends_when_told_to(process: subprocess.Popen[str]) -> None:
    _announced(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


def test_a_file_that_is_no_hotel_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "hotel.json"
    wrong.write_text('{"property": {}}')
    command = [sys.executable, "-m", "simulator", "--hotel", str(wrong)]
    done = subprocess.run(
        command, check=False, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert str(wrong) in done.stderr
    assert "Traceback" not in done.stderr
