"""What the guide's lists are told from: the endpoint URL in pieces, the bad one marked, and no secret in it."""

from collections.abc import Iterator

import pytest

from tests.connected import Aurora, aurora_pms
from webapp.integrations import registry
from webapp.models import Connection
from webapp.runtime import Runtime
from webapp.services.doctor_answers import Answers, gather


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


def answers(hub: Runtime, aurora: Aurora, url: str) -> Answers:
    made = aurora.connect(hub)
    with hub.writing() as session:
        row = session.get_one(Connection, made.id)
        row.options = {**row.options, "endpoint_url": url}
    with hub.reading() as session:
        return gather(hub, session, made.public_id, registry.manifest("custom_rest"))


@pytest.mark.parametrize(
    ("url", "pieces", "bad"),
    [
        ("https://pms.example/v2", ["https://", "pms.example", "/v2"], []),
        ("https://pms.example:8443/v2", ["https://", "pms.example", ":8443", "/v2"], []),
        ("https://ada:pw@pms.example/v2", ["https://", "•••@", "pms.example", "/v2"], ["•••@"]),
        ("https://pms.example/v2?key=pw#top", ["https://", "pms.example", "/v2", "?…", "#…"], ["?…", "#…"]),
        ("ftp://pms.example/v2", ["ftp://", "pms.example", "/v2"], ["ftp://"]),
        ("https://pms.example:0/v2", ["https://", "pms.example", ":0", "/v2"], [":0"]),
    ],
)
def test_the_url_is_cut_at_its_seams_and_the_bad_piece_is_marked(
    hub: Runtime, aurora: Aurora, url: str, pieces: list[str], bad: list[str]
) -> None:
    found = answers(hub, aurora, url)
    assert [piece.text for piece in found.pieces] == pieces
    assert [piece.text for piece in found.pieces if piece.problem] == bad
    assert "pw" not in "".join(piece.text for piece in found.pieces)
