"""Certificates: shakes hands as a call would, says until when the server's certificate is good, or what is wrong with it."""

import contextlib
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

from webapp.domain.fault import Actor

from .errors import CHECK_ADDRESS, N_, CertificateRejected

# Numbers of X509_verify_cert_error; OpenSSL keeps them.
_EXPIRED, _NOT_YET = 10, 9
_OTHER_NAME = frozenset({62, 64})


class CertificateExpired(CertificateRejected):
    """Past its end, or before its beginning. `day` is the end, when it could be read."""

    code = "certificate_expired"
    message = N_("The certificate of %(host)s ended on %(day)s.")
    advice = N_(
        "The server needs a new certificate, which its owner renews. If it looks right in a browser, this machine's "
        "clock is wrong."
    )
    actor = Actor.VENDOR

    def __init__(self, host: str, detail: str, day: str) -> None:
        super().__init__(host, detail)
        self.params["day"] = day


class CertificateWrongHost(CertificateRejected):
    """Good, but another server's."""

    code = "certificate_wrong_host"
    message = N_("The server that answers is not %(host)s: its certificate is made for another name.")
    advice = CHECK_ADDRESS
    actor = Actor.ADMIN


@dataclass(frozen=True, slots=True)
class Certificate:
    """`version` of TLS, and when the certificate ends."""

    version: str
    ends_at: datetime | None


def shake_hands(plain: socket.socket, host: str) -> Certificate:
    """TLS over an open socket, with the authorities that calls trust too. Raises ssl errors and TimeoutError."""
    # With the whole HTTP library, which a hub at rest does without; asked only for the file its calls trust.
    from requests import adapters  # noqa: TID251

    context = ssl.create_default_context(cafile=adapters.DEFAULT_CA_BUNDLE_PATH)
    with context.wrap_socket(plain, server_hostname=host) as wrapped:
        told = wrapped.getpeercert() or {}
        ends = told.get("notAfter")
        ends_at = (
            datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None
        )
        return Certificate(wrapped.version() or "", ends_at)


def certificate_error(host: str, error: ssl.SSLError, ends_at: datetime | None = None) -> CertificateRejected:
    """What a failed handshake means; `ends_at` when somebody looked at the certificate again."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return CertificateRejected(host, error.reason or "TLS")
    reason = error.verify_message
    if error.verify_code in (_EXPIRED, _NOT_YET):
        return CertificateExpired(host, reason, ends_at.date().isoformat() if ends_at else "?")
    if error.verify_code in _OTHER_NAME:
        return CertificateWrongHost(host, reason)
    return CertificateRejected(host, reason)


def end_of(host: str, address: str, port: int, timeout: float) -> datetime | None:
    """When a certificate that was refused ends: looked at once more, with nothing sent; None when it cannot be read."""
    from cryptography import x509

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # It was refused already: only its date is read, no byte of ours follows.
    context.verify_mode = ssl.CERT_NONE
    with (
        contextlib.suppress(OSError, ValueError),
        socket.create_connection((address, port), timeout) as plain,
        context.wrap_socket(plain, server_hostname=host) as wrapped,
    ):
        encoded = wrapped.getpeercert(binary_form=True)
        if encoded:
            return x509.load_der_x509_certificate(encoded).not_valid_after_utc
    return None
