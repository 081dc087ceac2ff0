import threading

import pytest
import requests

from simulator.faults import Fault, FaultKind
from simulator.server import Server

VENDORS = ()


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("unauthorized", 401, "KEY_UNKNOWN"),
        ("forbidden", 403, "SCOPE_MISSING"),
        ("not_found", 404, "NOT_FOUND"),
        ("rate_limited", 429, "RATE_LIMITED"),
        ("unavailable", 503, "MAINTENANCE"),
    ],
)
def test_the_vendor_refuses(
    kind: str, status: int, code: str, vendor: Server, keyed: requests.Session
) -> None:
    url = f"{vendor.url}/v2/properties/AUR1/reservations"
    vendor.faults.switch_on(Fault(kind=FaultKind(kind), times=1, retry_after=7))
    answer = keyed.get(url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert keyed.get(url).status_code == 200


def test_a_fault_meets_only_the_paths_it_names_as_often_as_it_was_told(
    vendor: Server, keyed: requests.Session, address: str
) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.UNAVAILABLE, times=2, match="/guests"))
    guests = [keyed.get(f"{address}/guests").status_code for _ in range(3)]
    assert keyed.get(f"{address}/reservations").status_code == 200
    assert guests == [503, 503, 200]


def test_a_fault_without_a_number_stays_until_it_is_cleared(
    vendor: Server, keyed: requests.Session, address: str
) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.UNAUTHORIZED))
    assert [keyed.get(address).status_code for _ in range(3)] == [401] * 3
    vendor.faults.clear()
    assert keyed.get(address).status_code == 200


def test_a_web_page_comes_instead_of_json(vendor: Server, keyed: requests.Session, address: str) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.HTML))
    answer = keyed.get(f"{address}/reservations")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<h1>" in answer.text


def test_half_a_body_comes_and_the_line_drops(vendor: Server, keyed: requests.Session, address: str) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.TRUNCATED, times=1))
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        keyed.get(f"{address}/reservations")
    assert len(keyed.get(f"{address}/reservations").json()["reservations"]) == 100


def test_the_line_drops_without_an_answer(vendor: Server, keyed: requests.Session, address: str) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.DROP, times=1))
    with pytest.raises(requests.exceptions.ConnectionError):
        keyed.get(f"{address}/reservations")
    assert [call.status for call in vendor.calls.seen()] == [0]


def test_a_list_is_suddenly_empty(vendor: Server, keyed: requests.Session, address: str) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.EMPTY, times=1))
    body = keyed.get(f"{address}/reservations").json()
    assert body == {
        "reservations": [],
        "paging": {"page": 1, "pageSize": 100, "totalPages": 0, "totalCount": 0},
    }


def test_json_that_is_none(vendor: Server, keyed: requests.Session, address: str) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.GARBAGE_JSON, times=1))
    answer = keyed.get(f"{address}/reservations")
    assert answer.headers["Content-Type"] == "application/json"
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_json_of_another_shape(vendor: Server, keyed: requests.Session, address: str) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.WRONG_SHAPE, times=1))
    assert "reservations" not in keyed.get(f"{address}/reservations").json()


def test_a_redirect_leads_elsewhere(vendor: Server, keyed: requests.Session, address: str) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.REDIRECT, location="https://other.example/"))
    answer = keyed.get(f"{address}/reservations", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://other.example/")


def test_a_hanging_call_blocks_nobody_else_and_goes_on_when_released(
    vendor: Server, keyed: requests.Session, address: str
) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.HANG, times=1))
    statuses: list[int] = []
    key = {"X-Api-Key": str(keyed.headers["X-Api-Key"])}
    waiting = threading.Thread(
        target=lambda: statuses.append(requests.get(address, headers=key, timeout=10).status_code)
    )
    waiting.start()
    while not vendor.faults.hanging:
        assert waiting.is_alive()
    assert keyed.get(f"{address}/reservations").status_code == 200
    assert statuses == []
    vendor.faults.clear()
    waiting.join(5)
    assert statuses == [200]


def test_a_client_may_give_up_on_a_hanging_call(
    vendor: Server, keyed: requests.Session, address: str
) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.HANG, times=1))
    with pytest.raises(requests.exceptions.ReadTimeout):
        keyed.get(f"{address}/reservations", timeout=(1, 0.05))
    vendor.faults.clear()
    assert keyed.get(f"{address}/reservations").status_code == 200


def test_a_slow_page_takes_its_time_and_comes(vendor: Server, keyed: requests.Session, address: str) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.SLOW, ms=60))
    answer = keyed.get(f"{address}/reservations")
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.06


def test_one_record_of_a_page_is_damaged_and_the_others_are_not(
    vendor: Server, keyed: requests.Session, address: str
) -> None:
    url = f"{address}/reservations"
    whole = keyed.get(url).json()["reservations"]
    vendor.faults.switch_on(Fault(kind=FaultKind.SPOILT_ROW, field="stays.0.from", value="soon", row=2))
    rows = keyed.get(url).json()["reservations"]
    assert rows[2]["stays"][0].pop("from") == "soon"
    del whole[2]["stays"][0]["from"]
    assert rows == whole


def test_a_field_is_taken_away_and_what_has_none_stays_as_it_is(
    vendor: Server, keyed: requests.Session, address: str
) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.SPOILT_ROW, field="reservationNo"))
    page = keyed.get(f"{address}/reservations").json()
    assert ["reservationNo" in row for row in page["reservations"][:2]] == [False, True]
    assert "name" in keyed.get(address).json()
