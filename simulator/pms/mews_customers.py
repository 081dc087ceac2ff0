"""Guests as Mews has them: customers of the whole chain, some merged away, some deleted.

Beside the hotel's own guests there are a few of a sister hotel, as in every chain.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from simulator.hotel import Guest
from simulator.pms.mews_calendar import stamp
from simulator.pms.mews_names import Names
from simulator.register import Register

_LONG_AGO = datetime(2024, 3, 4, 9, 30, tzinfo=UTC)
_SISTERS = (
    ("Petra", "Sisterhouse", "petra.sisterhouse@example.org", "CZ", "cs"),
    ("Olof", "Sisterhouse-Berg", None, "SE", "sv"),
    ("", "Othersite", "othersite@example.net", None, None),
)


@dataclass(frozen=True, slots=True)
class Customer:
    """`merged_into` and `deleted_at` say why it is no longer active."""

    id: str
    number: str
    first: str
    last: str
    email: str | None
    phone: str | None
    country: str | None
    language: str | None
    vip: bool
    created_at: datetime
    updated_at: datetime
    merged_into: str | None = None
    deleted_at: datetime | None = None


class CustomerBook:
    """Adds to the hotel's guests what only this vendor knows; may be used from any thread."""

    def __init__(self, names: Names, register: Register) -> None:
        self._names = names
        self._register = register
        self._lock = threading.Lock()
        self._merged: dict[str, tuple[str, datetime]] = {}
        self._deleted: dict[str, datetime] = {}

    def merge(self, guest_id: str, into: str) -> str:
        """The first becomes a duplicate of the second; answers its customer id. Raises UnknownError."""
        self._register.guest(guest_id)
        self._register.guest(into)
        if guest_id == into:
            raise ValueError("a guest is not a duplicate of itself")
        at = self._register.horizon()
        with self._lock:
            self._merged[guest_id] = (into, at)
        return self._id(guest_id)

    def delete(self, guest_id: str) -> str:
        """Forgets who it was; answers the customer id. Raises UnknownError."""
        self._register.guest(guest_id)
        at = self._register.horizon()
        with self._lock:
            self._deleted[guest_id] = at
        return self._id(guest_id)

    @property
    def revision(self) -> int:
        """Another number after every merge."""
        with self._lock:
            return len(self._merged)

    def accounts(self) -> Mapping[str, str]:
        """The customer a guest's reservations belong to, by guest; merges are followed."""
        with self._lock:
            merged = dict(self._merged)
        return _Accounts(self._id, {guest: into for guest, (into, _) in merged.items()})

    def customers(self) -> list[Customer]:
        with self._lock:
            merged, deleted = dict(self._merged), dict(self._deleted)
        found = [self._customer(guest, merged, deleted) for guest in self._register.guests()]
        return found + [self._sister(place) for place in range(len(_SISTERS))]

    def _id(self, guest_id: str) -> str:
        return self._names.id("customer", guest_id)

    def _customer(
        self, guest: Guest, merged: Mapping[str, tuple[str, datetime]], deleted: Mapping[str, datetime]
    ) -> Customer:
        into, merged_at = merged.get(guest.id, (None, guest.updated_at))
        deleted_at = deleted.get(guest.id)
        is_known = deleted_at is None
        return Customer(
            id=self._id(guest.id),
            number="".join(filter(str.isdigit, guest.id)) or "1",
            first=guest.first if is_known else "",
            last=guest.last if is_known else "Deleted",
            email=guest.email if is_known else None,
            phone=guest.phone if is_known else None,
            country=guest.country if is_known else None,
            language=guest.language if is_known else None,
            vip=guest.vip and is_known,
            created_at=guest.created_at,
            updated_at=max(guest.updated_at, merged_at, deleted_at or guest.updated_at),
            merged_into=None if into is None else self._id(into),
            deleted_at=deleted_at,
        )

    def _sister(self, place: int) -> Customer:
        """Changed a moment ago, so that a delta meets them."""
        first, last, email, country, language = _SISTERS[place]
        now = self._register.clock.now().replace(minute=0, second=0, microsecond=0)
        return Customer(
            id=self._names.id("sister customer", place),
            number=str(900_000 + place),
            first=first,
            last=last,
            email=email,
            phone=None,
            country=country,
            language=language,
            vip=False,
            created_at=_LONG_AGO,
            updated_at=now,
        )


class _Accounts(dict[str, str]):
    """Computed when asked for: a hotel has far more guests than a call names."""

    def __init__(self, make: Callable[[str], str], merged: Mapping[str, str]) -> None:
        super().__init__()
        self._make = make
        self._merged = merged

    def __missing__(self, guest_id: str) -> str:
        last, seen = guest_id, {guest_id}
        while (into := self._merged.get(last)) is not None and into not in seen:
            last = into
            seen.add(last)
        self[guest_id] = found = self._make(last)
        return found


def customer_row(names: Names, customer: Customer) -> dict[str, object]:
    """The JSON of one customer; identity documents are never in it."""
    is_active = customer.merged_into is None and customer.deleted_at is None
    language = f"{customer.language}-{customer.country}" if customer.language and customer.country else None
    return {
        "Id": customer.id,
        "ChainId": names.chain,
        "Number": customer.number,
        "Title": None,
        "Sex": None,
        "FirstName": customer.first or None,
        "LastName": customer.last,
        "SecondLastName": None,
        "NationalityCode": customer.country,
        "PreferredLanguageCode": language,
        "LanguageCode": language,
        "BirthDate": None,
        "BirthCountryCode": None,
        "BirthCountrySubdivisionCode": None,
        "BirthPlace": None,
        "Occupation": None,
        "Email": customer.email,
        "HasOtaEmail": False,
        "Phone": customer.phone,
        "TaxIdentificationNumber": None,
        "LoyaltyCode": None,
        "AccountingCode": None,
        "BillingCode": None,
        "Notes": None,
        "CarRegistrationNumber": None,
        "DietaryRequirements": None,
        "CreatedUtc": stamp(customer.created_at),
        "UpdatedUtc": stamp(customer.updated_at),
        "Passport": None,
        "IdentityCard": None,
        "Visa": None,
        "DriversLicense": None,
        "Address": None,
        "AddressId": address_id(names, customer) if customer.country else None,
        "Classifications": ["VeryImportant"] if customer.vip else [],
        "Options": [],
        "ItalianDestinationCode": None,
        "ItalianFiscalCode": None,
        "ItalianLotteryCode": None,
        "CompanyId": None,
        "MergeTargetId": customer.merged_into,
        "ActivityState": "Active" if is_active else "Deleted",
        "IsActive": is_active,
        "PreferredSpaceFeatures": [],
        "CreatorProfileId": names.profile,
        "UpdaterProfileId": names.profile,
    }


def address_id(names: Names, customer: Customer) -> str:
    return names.id("address", customer.id)


def address_row(names: Names, customer: Customer) -> dict[str, object]:
    """Only the country is known of anybody."""
    return {
        "Id": address_id(names, customer),
        "AccountId": customer.id,
        "ChainId": names.chain,
        "AccountType": "Customer",
        "Line1": None,
        "Line2": None,
        "City": None,
        "PostalCode": None,
        "CountryCode": customer.country,
        "CountrySubdivisionCode": None,
        "Latitude": None,
        "Longitude": None,
        "UpdatedUtc": stamp(customer.updated_at),
        "IsActive": customer.deleted_at is None,
    }
