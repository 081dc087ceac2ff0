"""A new key seals what was sealed with the old one, whenever it is interrupted, and never while somebody is at work."""

import socket
from contextlib import closing

import pytest
from sqlalchemy import LargeBinary, select, update

from tests.conftest import FixedClock
from tests.connected import aurora_pms
from webapp import vault
from webapp.domain.outgoing import OutgoingType
from webapp.models import CachedToken, Connection, Endpoint, Instance, LogEntry, Model
from webapp.runtime import Runtime
from webapp.services import endpoints, leases, listeners
from webapp.services.adapters import credentials_of
from webapp.services.beats import LEASE
from webapp.services.installation import open_runtime
from webapp.services.key_rotation import PLAIN, HubRuns, rotate, sealed_columns
from webapp.vault import VaultError, read_key_file

ACTOR = "command line"


def furnish(hub: Runtime) -> None:
    """A connection, an endpoint and more tokens than one bite holds."""
    with aurora_pms() as aurora:
        card = aurora.connect(hub)
    endpoints.add(hub, url="http://127.0.0.1:8099/", events=[OutgoingType.TICKET_CREATED], actor=ACTOR)
    with hub.writing() as session:
        row = session.scalars(select(Connection).where(Connection.public_id == card.public_id)).one()
        session.add_all(
            CachedToken(
                connection_id=row.id,
                name=f"token {number:04}",
                sealed=hub.vault.seal(b"t%d" % number),
                expires_at=hub.clock(),
                made_at=hub.clock(),
            )
            for number in range(501)
        )


def test_everything_opens_with_the_new_key_alone_and_nothing_with_the_old_one(
    either_hub: Runtime, clock: FixedClock
) -> None:
    furnish(either_hub)
    old = either_hub.settings.key_file.read_bytes()
    done = rotate(either_hub, actor=ACTOR)
    assert (done.moved > 501, done.lost) == (True, 0)
    assert len(either_hub.settings.key_file.read_bytes().split()) == 1
    assert old not in either_hub.settings.key_file.read_bytes()
    again = open_runtime(either_hub.settings, clock=clock).runtime  # the canary opens
    with again.reading() as session:
        for table in Model.metadata.sorted_tables:
            for column in sealed_columns(table):
                for sealed in session.scalars(select(column).where(column.is_not(None), column != b"")):
                    assert again.vault.open(sealed) is not None
        connection = session.scalars(select(Connection)).one()
        tokens = [again.vault.open(one) for one in session.scalars(select(CachedToken.sealed))]
        line = session.scalars(select(LogEntry).where(LogEntry.action == "key.rotated")).one()
    assert credentials_of(again, connection).secret("api_key")
    assert sorted(tokens) == sorted(b"t%d" % number for number in range(501))
    assert (line.actor, f"{done.moved:,} values moved" in line.summary) == (ACTOR, True)
    again.close()


def test_a_rotation_that_was_cut_off_is_taken_up_again(hub: Runtime) -> None:
    furnish(hub)
    key_file = hub.settings.key_file
    hub.vault = vault.add_key(key_file)
    with hub.writing() as session:
        row = session.scalars(select(Endpoint)).one()
        row.secret = hub.vault.reseal(row.secret)  # and then the power went
    assert len(key_file.read_bytes().split()) == 2
    assert rotate(hub, actor=ACTOR).lost == 0
    assert len(key_file.read_bytes().split()) == 1
    with hub.reading() as session:
        assert read_key_file(key_file).open(session.scalars(select(Endpoint.secret)).one())


def test_what_no_key_opens_is_counted_and_left_as_it_is(hub: Runtime) -> None:
    furnish(hub)
    with hub.writing() as session:
        session.execute(update(CachedToken).where(CachedToken.name == "token 0007").values(sealed=b"damaged"))
    done = rotate(hub, actor=ACTOR)
    assert done.lost == 1
    with hub.reading() as session:
        left = session.scalars(select(CachedToken.sealed).where(CachedToken.name == "token 0007")).one()
    assert left == b"damaged"


def test_a_clock_that_ticks_keeps_its_key(hub: Runtime) -> None:
    before = hub.settings.key_file.read_bytes()
    held = leases.hold(hub, LEASE, owner="hub-1:42")
    with pytest.raises(HubRuns, match="hub-1:42"):
        rotate(hub, actor=ACTOR)
    assert hub.settings.key_file.read_bytes() == before
    assert held is not None
    leases.release(hub, held)
    assert rotate(hub, actor=ACTOR).lost == 0


def test_a_web_process_without_a_clock_keeps_its_key(hub: Runtime) -> None:
    before = hub.settings.key_file.read_bytes()
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        listeners.announce(hub, server.getsockname()[1])
        with pytest.raises(HubRuns, match="answers on port"):
            rotate(hub, actor=ACTOR)
    assert hub.settings.key_file.read_bytes() == before


def test_every_column_of_bytes_is_a_digest_or_plain_or_sealed(hub: Runtime) -> None:
    """A new sealed column is moved without being listed; a new plain one must say so."""
    sealed = {
        f"{table.name}.{column.name}"
        for table in Model.metadata.tables.values()
        for column in sealed_columns(table)
    }
    bytes_of_any_length = {
        f"{table.name}.{column.name}"
        for table in Model.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.type.length is None
    }
    assert bytes_of_any_length - sealed == PLAIN
    assert {
        "instance.canary",
        "connection.credentials",
        "webhook_hit.sealed",
        "endpoint.old_secret",
    } <= sealed


def test_a_key_file_of_another_hub_changes_nothing(hub: Runtime) -> None:
    hub.settings.key_file.write_bytes(b"too short")
    with pytest.raises(VaultError, match="holds no usable key"):
        rotate(hub, actor=ACTOR)
    with hub.reading() as session:
        assert hub.vault.open(session.scalars(select(Instance.canary)).one()) == vault.CANARY
