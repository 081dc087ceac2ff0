"""TLS: the name is checked although the call goes to an address, and a bad certificate is told."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.integrations.conftest import MakeClient
from webapp.integrations.kit.errors import CertificateRejected, ProviderHung
from webapp.integrations.kit.http import ProviderClient, Timeouts
from webapp.integrations.kit.reach import reach

NAME = "pms.example.com"


class TlsVendor:
    """Answers `{}` to each connection, or nothing at all when `is_silent`."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "certificate.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self._made(folder))
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.is_silent = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _made(self, folder: Path) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
        names = x509.SubjectAlternativeName(
            [x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))]
        )
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private = folder / "key.pem"
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return self.certificate, private

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            plain.settimeout(5)
            try:
                with self._context.wrap_socket(plain, server_side=True) as wrapped:
                    if wrapped.recv(65536) and not self.is_silent:
                        wrapped.sendall(
                            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
                        )
                    elif self.is_silent:
                        self._over.wait(5)
            except OSError:
                plain.close()

    def close(self) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def tls_vendor(tmp_path: Path) -> Iterator[TlsVendor]:
    running = TlsVendor(tmp_path)
    yield running
    running.close()


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name lives on this machine."""

    def getaddrinfo(host: str, port: object, *rest: object, **more: object) -> list[object]:
        address = host if host[0].isdigit() else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port or 0)))]  # type: ignore[call-overload]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def trusting(client: ProviderClient, vendor: TlsVendor) -> ProviderClient:
    client._session.verify = str(vendor.certificate)
    return client


@pytest.mark.usefixtures("named")
def test_a_good_certificate_is_accepted_by_name(tls_vendor: TlsVendor, make_client: MakeClient) -> None:
    client = trusting(make_client(f"https://{NAME}:{tls_vendor.port}"), tls_vendor)
    assert client.get("/").json() == {}


@pytest.mark.usefixtures("named")
def test_a_certificate_of_another_name_is_told(tls_vendor: TlsVendor, make_client: MakeClient) -> None:
    client = trusting(make_client(f"https://other.example.com:{tls_vendor.port}"), tls_vendor)
    with pytest.raises(CertificateRejected):
        client.get("/")


@pytest.mark.usefixtures("named")
def test_a_self_made_certificate_is_told(tls_vendor: TlsVendor, make_client: MakeClient) -> None:
    client = make_client(f"https://{NAME}:{tls_vendor.port}")
    with pytest.raises(CertificateRejected) as rejected:
        client.get("/")
    assert "self-signed" in rejected.value.detail
    rungs = list(reach(client))
    assert [(rung.name, rung.ok) for rung in rungs] == [
        ("name", True),
        ("port", True),
        ("certificate", False),
    ]
    assert rungs[-1].fault is not None
    assert rungs[-1].fault.code == "certificate_rejected"


@pytest.mark.usefixtures("named")
def test_silence_behind_tls_is_cut(tls_vendor: TlsVendor, make_client: MakeClient) -> None:
    tls_vendor.is_silent = True
    client = make_client(f"https://{NAME}:{tls_vendor.port}", tries=1, timeouts=Timeouts(read=5, total=0.3))
    with pytest.raises(ProviderHung):
        trusting(client, tls_vendor).get("/")
