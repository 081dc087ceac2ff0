"""What Mews sends, as far as the hub reads it. Fields that nobody reads are not named, so new ones do no harm."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Shape(msgspec.Struct, frozen=True, rename="pascal", kw_only=True):
    """Fields are called in Mews as here, in pascal case."""


class Row(Shape, frozen=True, rename="pascal"):
    id: str


class CurrencyAcceptance(Shape, frozen=True, rename="pascal"):
    currency: str
    is_default: bool = False


class Enterprise(Row, frozen=True, rename="pascal"):
    name: str
    time_zone_identifier: str
    chain_id: str | None = None
    default_language_code: str | None = None
    operational_editable_history_interval: str | None = None
    currencies: tuple[CurrencyAcceptance, ...] | None = None
    is_portfolio: bool | None = None


class Configuration(Shape, frozen=True, rename="pascal"):
    enterprise: Enterprise
    now_utc: datetime | None = None


class NamedEnterprise(Row, frozen=True, rename="pascal"):
    name: str | None = None


class BookableData(Shape, frozen=True, rename="pascal"):
    time_unit_period: str | None = None
    time_unit: str | None = None  # its older name


class ServiceData(Shape, frozen=True, rename="pascal"):
    discriminator: str | None = None
    value: BookableData | None = None


class Service(Row, frozen=True, rename="pascal"):
    is_active: bool = True
    data: ServiceData | None = None


class ResourceCategory(Row, frozen=True, rename="pascal"):
    service_id: str
    is_active: bool = True
    type: str | None = None
    names: Mapping[str, str] | None = None


class Resource(Row, frozen=True, rename="pascal"):
    name: str | None = None


class AgeCategory(Row, frozen=True, rename="pascal"):
    classification: str | None = None


class Rate(Row, frozen=True, rename="pascal"):
    service_id: str
    is_active: bool = True
    is_enabled: bool = True
    is_public: bool = False
    is_default: bool = False
    type: str | None = None
    names: Mapping[str, str] | None = None
    short_name: str | None = None


class PersonCount(Shape, frozen=True, rename="pascal"):
    age_category_id: str | None = None
    count: int = 0


class CheckInOptions(Shape, frozen=True, rename="pascal"):
    owner_checked_in: bool | None = None
    all_companions_checked_in: bool | None = None
    any_companion_checked_in: bool | None = None


class Reservation(Row, frozen=True, rename="pascal"):
    state: str
    scheduled_start_utc: datetime
    scheduled_end_utc: datetime
    service_id: str | None = None
    number: str | None = None
    account_id: str | None = None
    account_type: str | None = None
    booker_id: str | None = None
    origin: str | None = None
    origin_details: str | None = None
    created_utc: datetime | None = None
    updated_utc: datetime | None = None
    cancelled_utc: datetime | None = None
    cancellation_reason: str | None = None
    actual_start_utc: datetime | None = None
    actual_end_utc: datetime | None = None
    requested_resource_category_id: str | None = None
    assigned_resource_id: str | None = None
    rate_id: str | None = None
    group_id: str | None = None
    person_counts: tuple[PersonCount, ...] | None = None
    options: CheckInOptions | None = None


class Companionship(Row, frozen=True, rename="pascal"):
    customer_id: str
    reservation_id: str | None = None


class Customer(Row, frozen=True, rename="pascal"):
    last_name: str | None = None
    second_last_name: str | None = None
    first_name: str | None = None
    email: str | None = None
    phone: str | None = None
    nationality_code: str | None = None
    preferred_language_code: str | None = None
    language_code: str | None = None
    notes: str | None = None
    classifications: tuple[str, ...] | None = None
    merge_target_id: str | None = None
    is_active: bool = True
    updated_utc: datetime | None = None


class Amount(Shape, frozen=True, rename="pascal"):
    currency: str | None = None
    gross_value: Decimal | None = None
    net_value: Decimal | None = None


class OrderItem(Row, frozen=True, rename="pascal"):
    service_order_id: str
    type: str
    amount: Amount
    consumed_utc: datetime | None = None
    canceled_utc: datetime | None = None
    accounting_state: str | None = None


class CategoryMetrics(Shape, frozen=True, rename="pascal"):
    resource_category_id: str
    metrics: Mapping[str, tuple[int, ...]]


class Availability(Shape, frozen=True, rename="pascal"):
    """The answer of `services/getAvailability/2024-01-22`."""

    time_unit_starts_utc: tuple[datetime, ...]
    resource_category_availabilities: tuple[CategoryMetrics, ...]


class PublicCategory(Shape, frozen=True, rename="pascal"):
    category_id: str
    availabilities: tuple[int, ...]


class PublicAvailability(Shape, frozen=True, rename="pascal"):
    """The answer of the older `services/getAvailability`."""

    time_unit_starts_utc: tuple[datetime, ...]
    category_availabilities: tuple[PublicCategory, ...]


class CategoryPrices(Shape, frozen=True, rename="pascal"):
    category_id: str
    amount_prices: tuple[Amount, ...]


class Pricing(Shape, frozen=True, rename="pascal"):
    time_unit_starts_utc: tuple[datetime, ...]
    category_prices: tuple[CategoryPrices, ...]
    currency: str | None = None


@lru_cache
def decoder(shape: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(shape)


def utc(moment: datetime) -> datetime:
    """Mews writes UTC; a stamp whose Z is missing is UTC too."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def maybe_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else utc(moment)
