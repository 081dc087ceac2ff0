"""API keys by command."""

from tests.cli.conftest import Run
from webapp.domain.api_key import is_well_formed

HOTEL = ("--hotel", "Hotel Lindenhof", "--timezone", "Europe/Zurich", "--currency", "chf")


def test_a_key_is_printed_once_listed_and_revoked(run: Run) -> None:
    run("setup", *HOTEL, "--email", "ada@example.org")
    made = run(
        "api-key", "create", "--name", "Locks", "--scope", "write", "--days", "30", "--allow", "10.0.0.9/24", "--json"
    ).document  # fmt: skip
    assert is_well_formed(made["key"])
    assert (made["scope"], made["networks"]) == ("write", ["10.0.0.0/24"])
    (row,) = run("api-key", "list", "--json").document
    assert (row["id"], row["living"], row["calls_7_days"]) == (made["id"], True, 0)
    assert made["key"] not in run("api-key", "list").out
    assert run("api-key", "revoke", "Locks").code == 0
    again = run("api-key", "revoke", "Locks")
    assert (again.code, again.out) == (1, "")
    assert "api-key list" in again.err
    assert "False" in run("api-key", "list").out


def test_people_are_told_the_key_in_a_line(run: Run) -> None:
    run("setup", *HOTEL, "--email", "ada@example.org")
    out = run("api-key", "create", "--name", "Site").out
    assert is_well_formed(out.split()[-1])
    assert "may read until" in out


def test_what_is_wrong_is_said_in_a_sentence(run: Run) -> None:
    run("setup", *HOTEL, "--email", "ada@example.org")
    for words, sentence in (
        (("--name", "  "), "Give the key a name"),
        (("--name", "x", "--days", "900"), "1 to 365 days"),
        (("--name", "x", "--allow", "office"), "no address or network"),
    ):
        wrong = run("api-key", "create", *words)
        assert (wrong.code, wrong.out) == (1, "")
        assert sentence in wrong.err
    assert run("api-key", "create", "--name", "x", "--scope", "god").code == 2
