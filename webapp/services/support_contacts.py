"""Whom to reach for help: the vendor's contacts, unless an admin or a reseller has put others in their place."""

from urllib.parse import urlsplit

import msgspec
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.models import SupportContact
from webapp.runtime import Runtime

from . import audit

LONGEST_URL, LONGEST_PHONE = 300, 60


class Contacts(Value, frozen=True):
    """`docs_url` is an https address or a bare host; `shows_phone` is off in editions without telephone support."""

    email: str = "integrations@aihotelassistant.com"
    docs_url: str = "docs.aihotelassistant.com"
    phone: str = "+1 (800) 555-0123"
    shows_phone: bool = True

    @property
    def docs_link(self) -> str:
        return self.docs_url if "://" in self.docs_url else f"https://{self.docs_url}"

    @property
    def docs_name(self) -> str:
        return self.docs_url.partition("://")[2].rstrip("/") if "://" in self.docs_url else self.docs_url

    @property
    def phone_digits(self) -> str:
        """For a tel: link."""
        return "".join(letter for letter in self.phone if letter.isdecimal() or letter == "+")


class ContactInvalid(ValueError):
    """`field` and a sentence to translate."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


def current(session: Session) -> Contacts:
    row = session.get(SupportContact, 1)
    return Contacts(row.email, row.docs_url, row.phone, row.shows_phone) if row else Contacts()


def change(runtime: Runtime, contacts: Contacts, *, actor: str) -> Contacts:
    """An empty text puts the vendor's one back. Raises ContactInvalid."""
    wanted = _checked(contacts)
    with runtime.writing() as session:
        before = current(session)
        if before == wanted:
            return before
        session.merge(SupportContact(id=1, **msgspec.to_builtins(wanted)))
        audit.record(
            runtime,
            session,
            actor,
            "support.contacts_changed",
            f"{actor} changed whom to reach for help",
            details={"before": msgspec.to_builtins(before), "after": msgspec.to_builtins(wanted)},
        )
    return wanted


def _checked(contacts: Contacts) -> Contacts:
    from email_validator import EmailNotValidError, validate_email  # only where one is typed in

    usual = Contacts()
    email = contacts.email.strip() or usual.email
    if email != usual.email:
        try:
            email = validate_email(email, check_deliverability=False, test_environment=True).normalized
        except EmailNotValidError:
            raise ContactInvalid("email", N_("This is no e-mail address.")) from None
    docs = contacts.docs_url.strip() or usual.docs_url
    if len(docs) > LONGEST_URL or not _is_web_address(docs):
        raise ContactInvalid(
            "docs_url", N_("Enter a web address, like docs.example.com or https://example.com/help.")
        )
    phone = " ".join(contacts.phone.split()) or usual.phone
    if len(phone) > LONGEST_PHONE or not any(letter.isdecimal() for letter in phone):
        raise ContactInvalid("phone", N_("Enter a phone number, up to 60 characters."))
    return Contacts(email, docs, phone, contacts.shows_phone)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = parts.hostname or ""
    except ValueError:
        return False
    plain = all(letter.isprintable() and not letter.isspace() for letter in url)
    return plain and parts.scheme in ("https", "http") and "." in host and "@" not in parts.netloc
