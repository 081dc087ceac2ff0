"""Outgoing webhooks by command."""

from pathlib import Path

from tests.cli.conftest import Run

HOTEL = ("--hotel", "Hotel Lindenhof", "--timezone", "Europe/Zurich", "--currency", "chf")
OPEN = {"WEBHOOK_ALLOWED_NETWORKS": "127.0.0.1/32"}
URL = "http://127.0.0.1:8099/hooks"


def test_an_endpoint_is_added_with_its_secret_and_listed_without(run: Run) -> None:
    run("setup", *HOTEL, "--email", "ada@example.org")
    made = run(
        "webhook", "add", URL, "--event", "booking.created", "--event", "guest.checkin", "--json", env=OPEN
    ).document  # fmt: skip
    assert made["secret"].startswith("whsec_")
    assert made["events"] == ["booking.created", "guest.checkin"]
    listed = run("webhook", "list", "--json")
    (row,) = listed.document
    assert (row["id"], row["state"], row["waiting"], row["last_success_at"]) == (
        made["id"],
        "active",
        0,
        None,
    )
    assert made["secret"] not in listed.out
    assert URL in run("webhook", "list").out
    assert run("webhook", "deliveries", "--endpoint", made["id"], "--state", "dead", "--json").document == []
    assert run("webhook", "deliveries").out.strip() == "(none)"


def test_people_are_told_the_secret_in_a_line(run: Run) -> None:
    run("setup", *HOTEL, "--email", "ada@example.org")
    out = run("webhook", "add", URL, "--event", "ticket.created", env=OPEN).out
    assert "is told of ticket.created" in out
    assert out.split()[-1].startswith("whsec_")


def test_what_is_wrong_is_said_in_a_sentence(run: Run, tmp_path: Path) -> None:
    run("setup", *HOTEL, "--email", "ada@example.org")
    (tmp_path / "ca.pem").write_text("nonsense")
    for words, sentence in (
        (("add", URL, "--event", "booking.exploded", "--ca", str(tmp_path / "none.pem")), "cannot be read"),
        (("add", URL + "/b", "--event", "ticket.created", "--ca", str(tmp_path / "ca.pem")), "certificates"),
        (("add", URL, "--event", "booking.created"), "not allowed"),
        (("add", "https://10.0.0.7/", "--event", "booking.created"), "not allowed"),
        (("add", URL + "/b", "--event", "booking.exploded"), "There is no event"),
        (("deliveries", "--limit", "0"), "1 to 1000"),
    ):
        wrong = run("webhook", *words, env=OPEN if "--ca" in words or "booking.exploded" in words else None)
        assert (wrong.code, wrong.out) == (1, "")
        assert sentence in wrong.err
    assert run("webhook", "add", URL).code == 2
    assert run("webhook", "deliveries", "--state", "lost").code == 2
