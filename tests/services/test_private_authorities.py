"""Certificates that a hotel's own authority signed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cast import IAN
from tests.integrations.tls_listener import make_certificate
from tests.receiver import receiving
from webapp.domain.outgoing import OutgoingType
from webapp.models import LogEntry
from webapp.runtime import Runtime
from webapp.services import delivery_orders, endpoints
from webapp.services.endpoint_checks import EndpointInvalid
from webapp.services.private_authorities import checked_authority

NOW = datetime.now(UTC)


@pytest.fixture
def pem(tmp_path: Path) -> str:
    return make_certificate(tmp_path, "localhost", (-1, 30))[2].read_text()


def test_only_the_certificates_of_a_pasted_text_are_kept(pem: str) -> None:
    assert checked_authority("  \n", NOW) == ""
    assert checked_authority(f"issued by us:\r\n{pem}\r\n# end", NOW) == pem


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("nonsense", "BEGIN CERTIFICATE"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "BEGIN CERTIFICATE"),
        ("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", "private key"),
        ("x" * 16_001, "BEGIN CERTIFICATE"),
    ],
)
def test_what_is_no_certificate_is_told_without_repeating_it(changed: str, said: str) -> None:
    with pytest.raises(EndpointInvalid, match=said) as told:
        checked_authority(changed, NOW)
    assert told.value.field == "authority"
    assert "AAAA" not in str(told.value)


def test_too_many_and_one_that_has_ended_are_refused(pem: str) -> None:
    with pytest.raises(EndpointInvalid, match="one to 5"):
        checked_authority(pem * 6, NOW)
    with pytest.raises(EndpointInvalid, match="“Test authority” ended on"):
        checked_authority(pem, NOW + timedelta(days=500))


def test_an_endpoint_is_reached_over_tls_of_the_hotels_own_authority(hub: Runtime, tmp_path: Path) -> None:
    chain, key, authority = make_certificate(tmp_path, "localhost", (-1, 30))
    with receiving((chain, key)) as inside:
        made = endpoints.add(
            hub, url=inside.url, events=["booking.created"], actor=IAN.email, authority=authority.read_text()
        )

        def send() -> str | None:
            test = OutgoingType.WEBHOOK_TEST
            return delivery_orders.send_test(hub, made.endpoint.public_id, test, actor=IAN.email).error

        assert send() == ""
        assert endpoints.change(hub, made.endpoint.public_id, actor=IAN.email, description="Locks").authority
        assert not endpoints.change(hub, made.endpoint.public_id, actor=IAN.email, authority="").authority
        assert send() == "tls"
    with hub.reading() as session:
        noted = session.query(LogEntry).filter(LogEntry.action == "endpoint.changed").all()
    assert len(noted) == 2  # the description, the authority
