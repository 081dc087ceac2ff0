"""What may be asked of the pretend Mews about reservations, their prices and their guests."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from simulator.pms.mews_requests import (
    EnterpriseListed,
    FewIds,
    FewWords,
    Ids,
    Interval,
    Listed,
    Quarter,
    Words,
)

ReservationState = Literal[
    "Inquired", "Requested", "Optional", "Confirmed", "Started", "Processed", "Canceled"
]
ActivityState = Literal["Active", "Deleted"]


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True):
    pass


class Reservations(EnterpriseListed, frozen=True, kw_only=True):
    reservation_ids: Ids | None = None
    service_ids: Ids | None = None
    reservation_group_ids: Ids | None = None
    account_ids: Ids | None = None
    partner_company_ids: FewIds | None = None
    travel_agency_ids: FewIds | None = None
    numbers: Words | None = None
    channel_numbers: FewWords | None = None
    assigned_resource_ids: Ids | None = None
    availability_block_ids: FewIds | None = None
    created_utc: Quarter | None = None
    updated_utc: Quarter | None = None
    colliding_utc: Quarter | None = None
    scheduled_start_utc: Quarter | None = None
    actual_start_utc: Quarter | None = None
    scheduled_end_utc: Quarter | None = None
    actual_end_utc: Quarter | None = None
    states: list[ReservationState] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.scheduled_start_utc is not None and self.actual_start_utc is not None:
            raise ValueError("field `ActualStartUtc`: excludes ScheduledStartUtc")
        if self.scheduled_end_utc is not None and self.actual_end_utc is not None:
            raise ValueError("field `ActualEndUtc`: excludes ScheduledEndUtc")


class Groups(EnterpriseListed, frozen=True, kw_only=True):
    reservation_group_ids: Ids | None = None
    updated_utc: Quarter | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.reservation_group_ids is None and self.updated_utc is None:
            raise ValueError("field `ReservationGroupIds`: needed without another filter")


class CompanionshipExtent(_Part, frozen=True, kw_only=True):
    reservations: bool | None = None
    reservation_groups: bool | None = None
    customers: bool | None = None


class Companionships(EnterpriseListed, frozen=True, kw_only=True):
    extent: CompanionshipExtent
    companionship_ids: Ids | None = None
    reservation_ids: Ids | None = None
    customer_ids: Ids | None = None
    reservation_group_ids: Ids | None = None
    updated_utc: Quarter | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not any(
            (self.companionship_ids, self.reservation_ids, self.customer_ids, self.reservation_group_ids)
        ):
            raise ValueError("field `ReservationIds`: needed without another filter")


class OrderItems(EnterpriseListed, frozen=True, kw_only=True):
    order_item_ids: Ids | None = None
    account_ids: FewIds | None = None
    service_order_ids: Ids | None = None
    service_ids: Ids | None = None
    bill_ids: Ids | None = None
    created_utc: Quarter | None = None
    updated_utc: Quarter | None = None
    consumed_utc: Quarter | None = None
    canceled_utc: Quarter | None = None
    closed_utc: Quarter | None = None
    currency: str | None = None
    accounting_states: Words | None = None
    types: Words | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not any(
            (
                self.order_item_ids,
                self.account_ids,
                self.service_order_ids,
                self.service_ids,
                self.bill_ids,
                self.created_utc,
                self.updated_utc,
                self.consumed_utc,
                self.canceled_utc,
                self.closed_utc,
            )
        ):
            raise ValueError("field `ServiceOrderIds`: needed without another filter")


class CustomerExtent(_Part, frozen=True, kw_only=True):
    customers: bool | None = None
    documents: bool | None = None
    addresses: bool | None = None


class Customers(Listed, frozen=True, kw_only=True):
    extent: CustomerExtent
    chain_ids: Ids | None = None
    created_utc: Quarter | None = None
    updated_utc: Quarter | None = None
    deleted_utc: Quarter | None = None
    activity_states: list[ActivityState] | None = None
    customer_ids: Ids | None = None
    company_ids: Annotated[list[UUID], Meta(min_length=1, max_length=1)] | None = None
    emails: Words | None = None
    first_names: Words | None = None
    last_names: Words | None = None
    loyalty_codes: Words | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not any(
            (
                self.created_utc,
                self.updated_utc,
                self.deleted_utc,
                self.customer_ids,
                self.company_ids,
                self.emails,
                self.first_names,
                self.last_names,
                self.loyalty_codes,
            )
        ):
            raise ValueError("field `CustomerIds`: needed without another filter")


class Addresses(Listed, frozen=True, kw_only=True):
    chain_ids: Ids | None = None
    account_ids: Ids | None = None
    address_ids: Ids | None = None
    updated_utc: Interval | None = None
    activity_states: list[ActivityState] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not any((self.account_ids, self.address_ids, self.updated_utc)):
            raise ValueError("field `AccountIds`: needed without another filter")
