"""People and the set-up by command."""

from pathlib import Path

from tests.cli.conftest import Run

HOTEL = ("--hotel", "Hotel Lindenhof", "--timezone", "Europe/Zurich", "--currency", "chf")


def test_the_set_up_makes_hotel_and_owner_once(run: Run) -> None:
    first = run("setup", *HOTEL, "--email", "Ada@Example.org", "--json")
    assert first.code == 0
    assert len(first.document["password"]) >= 12
    again = run("setup", *HOTEL, "--email", "eve@example.org")
    assert (again.code, again.out) == (1, "")
    assert "set up already" in again.err


def test_a_password_from_the_environment_is_not_printed(run: Run) -> None:
    done = run(
        *("setup", *HOTEL, "--email", "ada@example.org", "--json"),
        env={"HOTEL_ASSISTANT_PASSWORD": "four words in a row"},
    )
    assert done.document["password"] is None
    assert "four words" not in done.out + done.err


def test_a_password_comes_from_standard_input(run: Run) -> None:
    done = run(
        *("user", "create", "--email", "ben@example.org", "--role", "staff", "--password-stdin"),
        typed="another four good words\n",
    )
    assert done.code == 0
    assert "staff" in done.out
    assert "another" not in done.out


def test_what_is_wrong_with_a_person_is_said_in_a_sentence(run: Run) -> None:
    bad = run("user", "create", "--email", "not an address", "--role", "staff")
    assert bad.code == 1
    assert "e-mail" in bad.err.lower()
    run("user", "create", "--email", "ben@example.org")
    twice = run("user", "create", "--email", "BEN@example.org")
    assert twice.code == 1
    short = run("user", "create", "--email", "al@example.org", env={"HOTEL_ASSISTANT_PASSWORD": "short"})
    assert (short.code, "12" in short.err) == (1, True)


def test_a_wrong_time_zone_is_refused_and_nothing_is_kept(run: Run, tmp_path: Path) -> None:
    bad = run(
        "setup", "--hotel", "X", "--timezone", "Mars/North", "--currency", "EUR", "--email", "a@example.org"
    )
    assert bad.code == 1
    assert "Europe/Zurich" in bad.err
    assert run("setup", *HOTEL, "--email", "a@example.org").code == 0
