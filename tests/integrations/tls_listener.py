"""A server on loopback that shakes hands with a certificate made to order: expired, self-made, another name's, or good."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME = "pms.example.com"


@dataclass(frozen=True)
class Listener:
    """`authority` is the file that must be trusted for the certificate to be good."""

    port: int
    authority: Path


@contextmanager
def tls_listener(
    folder: Path,
    *,
    name: str = NAME,
    days: tuple[int, int] = (-30, 90),
    is_self_made: bool = False,
    is_silent: bool = False,
) -> Iterator[Listener]:
    """`days` are the certificate's first and last day from today. A silent one accepts and says nothing."""
    chain, key, authority = make_certificate(folder, name, days, is_self_made=is_self_made)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            with plain:
                plain.settimeout(3)
                if is_silent:
                    over.wait(3)
                    continue
                try:
                    with context.wrap_socket(plain, server_side=True) as wrapped:
                        wrapped.recv(1)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield Listener(int(listener.getsockname()[1]), authority)
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def make_certificate(
    folder: Path, name: str, days: tuple[int, int], *, is_self_made: bool = False
) -> tuple[Path, Path, Path]:
    """The files of the chain, of its key, and of the authority that signed it."""
    now = datetime.now(UTC)
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    root = (
        x509.CertificateBuilder(root_name, root_name, root_key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=400))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signer = (own_name, key) if is_self_made else (root_name, root_key)
    leaf = (
        x509.CertificateBuilder(issuer, own_name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    paths = folder / "chain.pem", folder / "key.pem", folder / "authority.pem"
    pem = serialization.Encoding.PEM
    paths[0].write_bytes(leaf.public_bytes(pem))
    paths[1].write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    paths[2].write_bytes(root.public_bytes(pem))
    return paths
