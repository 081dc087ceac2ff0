"""What programs change over the API: once however often they ask, and never over somebody else's change."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import FixedClock
from tests.hotel_data import HotelData
from tests.integrations.tls_listener import make_certificate
from tests.routes.api.program import Program, code_of
from webapp.domain.ticket import Category, Priority
from webapp.models import ApiKey, Connection, Delivery, IdempotencyKey, OutboxEvent
from webapp.runtime import Runtime
from webapp.services import endpoints, idempotency, ticket_files, tickets
from webapp.services.ticket_files import NewFile

HOOK = "http://127.0.0.1:9099/hooks"


def ticket(**more: object) -> dict[str, object]:
    return {"subject": "Printer", "message": "It prints nothing.", **more}


def once(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


def events_of(hub: Runtime) -> list[str]:
    with hub.reading() as session:
        return list(session.scalars(select(OutboxEvent.type).order_by(OutboxEvent.id)))


# --- repeated calls -------------------------------------------------------------------------------------------------


def test_a_repeated_call_is_answered_and_not_done_again(writer: Program) -> None:
    first = writer.post("/tickets", ticket(), headers=once("a-1"))
    again = writer.post("/tickets", ticket(), headers=once('"a-1"'))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert len(writer.every("/tickets")) == 1


def test_a_name_with_another_body_is_refused(writer: Program) -> None:
    writer.post("/tickets", ticket(), headers=once("a-1"))
    other = writer.post("/tickets", ticket(subject="Other"), headers=once("a-1"))
    assert (other.status_code, code_of(other)) == (422, "idempotency_mismatch")


def test_a_name_counts_for_one_key_and_one_address(writer: Program, admin: Program) -> None:
    made = writer.post("/tickets", ticket(), headers=once("a-1")).json
    assert made is not None
    assert admin.post("/tickets", ticket(), headers=once("a-1")).json != made
    message = writer.post(f"/tickets/{made['id']}/messages", {"text": "More"}, headers=once("a-1"))
    assert message.status_code == 201


def test_a_call_that_goes_on_is_not_begun_again_until_its_lease_ends(
    hub: Runtime, writer: Program, clock: FixedClock
) -> None:
    body = msgspec.json.encode(ticket())

    def ask() -> TestResponse:
        return writer.call(
            "POST", "/tickets", data=body, content_type="application/json", headers=once("slow")
        )

    idempotency.begin(hub, key_id=_key_row(hub), route="POST /api/v1/tickets", name="slow", body=body)
    busy = ask()
    assert (busy.status_code, code_of(busy)) == (409, "in_progress")
    assert busy.headers["Retry-After"] == "1"
    clock.advance(seconds=61)
    assert ask().status_code == 201


def _key_row(hub: Runtime) -> int:
    with hub.reading() as session:
        return session.scalars(select(ApiKey.id)).one()


def test_what_was_refused_may_be_mended_under_the_same_name(writer: Program) -> None:
    nowhere = ticket(booking_id="bk_01JEXAMP0E0000000000000000")
    assert writer.post("/tickets", nowhere, headers=once("b")).status_code == 422
    assert writer.post("/tickets", ticket(), headers=once("b")).status_code == 201


def test_answers_are_kept_sealed_and_for_a_day(hub: Runtime, admin: Program, clock: FixedClock) -> None:
    made = admin.post("/keys", {"name": "Site", "scope": "read"}, headers=once("k")).json
    assert made is not None
    with hub.reading() as session:
        (row,) = session.scalars(select(IdempotencyKey)).all()
    assert row.answer is not None
    assert made["key"].encode() not in row.answer
    clock.advance(hours=25)
    assert admin.post("/keys", {"name": "Site", "scope": "read"}, headers=once("k")).json != made


@pytest.mark.parametrize("name", ["", "é", "x" * 256])
def test_an_unusable_name_is_refused(writer: Program, name: str) -> None:
    answer = writer.post("/tickets", ticket(), headers=once(name))
    assert (answer.status_code, code_of(answer)) == (400, "bad_idempotency_key")


# --- tickets --------------------------------------------------------------------------------------------------------


def test_a_ticket_has_a_number_a_link_and_an_event(hub: Runtime, writer: Program, admin: Program) -> None:
    booking = HotelData(hub).book()
    endpoints.add(hub, url=HOOK, events=["ticket.created", "ticket.updated"], actor="ian@aurora.example")
    made = writer.post("/tickets", ticket(booking_id=booking, category="booking", priority="high")).json
    assert made is not None
    assert (made["number"], made["status"], made["booking_id"]) == ("T-1001", "open", booking)
    (message,) = writer.every(f"/tickets/{made['id']}/messages")
    assert (message["text"], message["author"]) == ("It prints nothing.", "API key Door locks")
    assert events_of(hub) == ["ticket.created"]
    with hub.reading() as session:
        body = session.scalars(select(OutboxEvent.body)).one()
        assert session.scalars(select(Delivery)).all()
    told = msgspec.json.decode(body)["data"]
    assert (told["ticket_id"], told["number"], told["booking_id"]) == (made["id"], "T-1001", booking)


def test_a_thread_has_files_and_moves_and_is_read_in_pages(hub: Runtime, writer: Program) -> None:
    made = tickets.open_ticket(
        hub,
        subject="Printer",
        message="See the log.",
        category=Category.OTHER,
        priority=Priority.NORMAL,
        actor="ben@aurora.example",
        files=ticket_files.seal(hub, [NewFile("printer.log", b"no paper")]),
    )
    path = f"/tickets/{made.public_id}"
    assert writer.patch(path, {"status": "waiting"}).status_code == 200
    writer.post(f"{path}/messages", {"text": "Paper is here."})
    thread = writer.every(f"{path}/messages", limit="1")
    assert [(one["text"], one["status"]) for one in thread] == [
        ("See the log.", None),
        ("", "waiting"),
        ("Paper is here.", None),
    ]
    (file,) = thread[0]["files"]
    assert (file["name"], file["media_type"], file["size"]) == ("printer.log", "text/plain", 8)
    assert thread[1]["files"] == thread[2]["files"] == []


def test_a_ticket_goes_only_allowed_ways_and_each_is_told_once(hub: Runtime, writer: Program) -> None:
    endpoints.add(hub, url=HOOK, events=["ticket.updated"], actor="ian@aurora.example")
    made = writer.post("/tickets", ticket()).json
    assert made is not None
    path = f"/tickets/{made['id']}"
    assert writer.patch(path, {"status": "solved"}).json != made
    assert writer.patch(path, {"status": "solved"}).status_code == 200
    assert events_of(hub) == ["ticket.updated"]
    assert writer.post(f"{path}/messages", {"text": "Again!"}).status_code == 201
    assert (writer.get(path).json or {})["status"] == "open"
    assert (writer.patch(path, {"status": "closed"}).json or {})["status"] == "closed"
    back = writer.patch(path, {"status": "open"})
    assert (back.status_code, code_of(back)) == (409, "conflict")
    assert writer.post(f"{path}/messages", {"text": "More"}).status_code == 409
    assert [one["id"] for one in writer.every("/tickets", status="closed")] == [made["id"]]
    assert writer.every("/tickets", status="open") == []


def test_tickets_page_by_number_and_by_change(writer: Program, clock: FixedClock) -> None:
    made = [(writer.post("/tickets", ticket(subject=f"T{number}")).json or {}) for number in range(3)]
    clock.advance(minutes=1)
    writer.patch(f"/tickets/{made[0]['id']}", {"priority": "urgent"})
    assert [one["subject"] for one in writer.every("/tickets", limit="2")] == ["T0", "T1", "T2"]
    since = {"updated_since": "2026-07-14T10:00:00Z", "limit": "2"}
    assert [one["subject"] for one in writer.every("/tickets", **since)] == ["T1", "T2", "T0"]


def test_an_old_etag_changes_nothing(writer: Program) -> None:
    made = writer.post("/tickets", ticket()).json
    assert made is not None
    path = f"/tickets/{made['id']}"
    etag = writer.get(path).headers["ETag"]
    changed = writer.patch(path, {"priority": "low"}, headers={"If-Match": etag})
    assert changed.status_code == 200
    late = writer.patch(path, {"priority": "high"}, headers={"If-Match": etag})
    assert (late.status_code, code_of(late)) == (412, "changed_meanwhile")
    assert (writer.get(path).json or {})["priority"] == "low"
    assert changed.headers["ETag"] == writer.get(path).headers["ETag"]
    assert writer.patch(path, {"priority": "high"}, headers={"If-Match": "*"}).status_code == 200
    assert code_of(writer.patch(path, {"priority": "low"}, headers={"If-Match": "etag"})) == "bad_etag"


# --- endpoints ------------------------------------------------------------------------------------------------------


def test_an_endpoint_tells_its_secret_once(writer: Program) -> None:
    made = writer.post("/webhooks/endpoints", {"url": HOOK, "events": ["booking.created"]})
    assert made.status_code == 201
    assert made.json is not None
    secret = made.json["secret"]
    assert secret.startswith("whsec_")
    read = writer.get(made.headers["Location"].removeprefix("/api/v1"))
    assert secret not in read.text
    assert secret not in writer.get("/webhooks/endpoints").text


def test_an_endpoint_is_changed_held_and_told_again(writer: Program) -> None:
    made = writer.post("/webhooks/endpoints", {"url": HOOK, "events": ["booking.created"]}).json
    assert made is not None
    path = f"/webhooks/endpoints/{made['id']}"
    etag = writer.get(path).headers["ETag"]
    held = writer.patch(path, {"state": "disabled", "events": ["ticket.created"]}, headers={"If-Match": etag})
    assert held.json is not None
    assert (held.json["state"], held.json["events"]) == ("disabled", ["ticket.created"])
    assert writer.patch(path, {"state": "active"}, headers={"If-Match": etag}).status_code == 412
    assert (writer.patch(path, {"state": "active"}).json or {})["state"] == "active"


def test_an_endpoint_inside_the_house_may_have_an_authority_of_its_own(
    writer: Program, tmp_path: Path
) -> None:
    pem = make_certificate(tmp_path, "localhost", (-1, 30))[2].read_text()
    wish = {"url": HOOK, "events": ["booking.created"]}
    refused = writer.post("/webhooks/endpoints", {**wish, "ca_certificate": "nonsense"})
    assert [one["pointer"] for one in (refused.json or {})["errors"]] == ["/ca_certificate"]
    made = writer.post("/webhooks/endpoints", {**wish, "ca_certificate": pem}).json or {}
    path = f"/webhooks/endpoints/{made['id']}"
    assert (writer.get(path).json or {})["ca_certificate"] == pem
    assert (writer.patch(path, {"ca_certificate": ""}).json or {})["ca_certificate"] is None


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest",
        "https://10.0.0.7/hook",
        "https://user:pw@example.com/",
        "ftp://x/y",
        "https://[x/",
    ],
)
def test_an_address_into_the_house_is_refused(writer: Program, url: str) -> None:
    answer = writer.post("/webhooks/endpoints", {"url": url, "events": ["booking.created"]})
    assert (answer.status_code, code_of(answer)) == (422, "invalid")
    assert [one["pointer"] for one in (answer.json or {})["errors"]] == ["/url"]


def test_guests_names_leave_the_house_only_by_a_key_with_all_rights(writer: Program, admin: Program) -> None:
    wish = {"url": HOOK, "events": ["booking.created"], "include_personal_data": True}
    refused = writer.post("/webhooks/endpoints", wish)
    assert (refused.status_code, code_of(refused)) == (403, "insufficient_scope")
    made = admin.post("/webhooks/endpoints", wish).json
    assert made is not None
    moved = writer.patch(f"/webhooks/endpoints/{made['id']}", {"url": "http://127.0.0.1:9100/elsewhere"})
    assert (moved.status_code, code_of(moved)) == (403, "insufficient_scope")


# --- keys, settings, sync -------------------------------------------------------------------------------------------


def test_a_key_is_made_renewed_and_ended(admin: Program) -> None:
    made = admin.post("/keys", {"name": "Site", "scope": "read", "allowed_networks": ["10.0.0.0/8"]}).json
    assert made is not None
    assert made["key"].startswith("aiha_")
    assert made["key"] not in admin.get("/keys").text
    next_one = admin.post(f"/keys/{made['id']}/rotate", {"overlap_hours": 1}).json
    assert next_one is not None
    assert next_one["key"] != made["key"]
    assert code_of(admin.post(f"/keys/{made['id']}/rotate", {})) == "conflict"
    ended = admin.post(f"/keys/{next_one['id']}/revoke").json
    assert ended is not None
    assert not ended["is_living"]
    assert admin.post(f"/keys/{next_one['id']}/revoke").status_code == 404
    wrong = admin.post("/keys", {"name": "Site", "scope": "read", "allowed_networks": ["home"]})
    assert [one["pointer"] for one in (wrong.json or {})["errors"]] == ["/allowed_networks"]


def test_settings_of_the_hotel_are_changed_one_by_one(admin: Program) -> None:
    etag = admin.get("/settings").headers["ETag"]
    changed = admin.patch("/settings", {"audit_hour": 4}, headers={"If-Match": etag})
    assert changed.json is not None
    assert (changed.json["name"], changed.json["audit_hour"]) == ("Hotel Aurora", 4)
    assert admin.patch("/settings", {"name": "X"}, headers={"If-Match": etag}).status_code == 412
    assert admin.patch("/settings", {"audit_hour": 13}).status_code == 422
    assert admin.patch("/settings", {"currency": "USD"}).status_code == 422


def test_sync_now_makes_an_integration_due(hub: Runtime, writer: Program) -> None:
    hotel = HotelData(hub)
    hotel.connection(next_sync_at=hub.clock() + timedelta(hours=1))
    (told,) = writer.every("/integrations")
    answer = writer.post(f"/integrations/{told['id']}/sync")
    assert (answer.status_code, (answer.json or {})["integration_id"]) == (202, told["id"])
    with hub.reading() as session:
        assert session.get_one(Connection, hotel.connection_id).next_sync_at == hub.clock()
    assert "options" not in told
    assert writer.get(f"/integrations/{told['id']}").json is not None
