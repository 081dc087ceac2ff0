"""Authorities of the hotel's own: certificates that one endpoint's server is checked against besides the public ones."""

from datetime import datetime
from typing import TYPE_CHECKING

from webapp.domain.wording import N_

from .endpoint_checks import EndpointInvalid

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

LONGEST, MOST = 16_000, 5
"""Characters of PEM, and certificates in it."""


def checked_authority(text: str, now: datetime) -> str:
    """The certificates alone, as PEM; empty for none. Raises EndpointInvalid (authority)."""
    if not text.strip():
        return ""
    if "PRIVATE KEY" in text:
        raise EndpointInvalid(
            "authority",
            N_("This holds a private key. Paste the certificate only, and keep the key where it was."),
        )
    try:
        found = certificates_in(text) if len(text) <= LONGEST else []
    except ValueError:
        found = []
    if not 1 <= len(found) <= MOST:
        raise EndpointInvalid(
            "authority",
            N_("Paste one to %(most)s certificates, each from BEGIN CERTIFICATE to END CERTIFICATE."),
            most=MOST,
        )
    for one in found:
        if one.not_valid_after_utc <= now:
            raise EndpointInvalid(
                "authority",
                N_("The certificate “%(name)s” ended on %(day)s."),
                name=named(one),
                day=f"{one.not_valid_after_utc:%Y-%m-%d}",
            )
    return "".join(_pem(one) for one in found)


def certificates_in(text: str) -> "list[Certificate]":
    """Raises ValueError where there is none, or one that is broken."""
    if not text:
        return []
    from cryptography import x509

    return x509.load_pem_x509_certificates(text.encode())


def named(one: "Certificate") -> str:
    """What people call it: its common name, else the whole subject."""
    from cryptography.x509.oid import NameOID

    names = one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value if names else one.subject.rfc4514_string())[:80]


def _pem(one: "Certificate") -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return one.public_bytes(Encoding.PEM).decode()
