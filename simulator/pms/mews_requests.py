"""What may be asked of the pretend Mews: one strict shape per operation, and how a wrong one is refused."""

import calendar
import re
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from simulator.pms.mews_names import texts
from simulator.wire import Refusal

_T = TypeVar("_T")

Text = Annotated[str, Meta(min_length=1)]
Instant = Annotated[datetime, Meta(tz=True)]
Ids = Annotated[list[UUID], Meta(min_length=1, max_length=1000)]
FewIds = Annotated[list[UUID], Meta(min_length=1, max_length=100)]
Words = Annotated[list[str], Meta(min_length=1, max_length=1000)]
FewWords = Annotated[list[str], Meta(min_length=1, max_length=100)]

_PLACE = re.compile(r"at `\$\.(\w+)")
_FIELD = re.compile(r"field `(\w+)`")


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True):
    pass


class Interval(_Part, frozen=True, kw_only=True):
    """From the start, included, to the end, excluded; equal ends are that one second."""

    start_utc: Instant | None = None
    end_utc: Instant | None = None

    def __post_init__(self) -> None:
        if self.start_utc is not None and self.end_utc is not None and self.end_utc < self.start_utc:
            raise ValueError("ends before it starts")

    def holds(self, at: datetime | None) -> bool:
        if at is None:
            return False
        if self.start_utc is not None and self.start_utc == self.end_utc:
            # A client can only name the second it was shown.
            return at.replace(microsecond=0) == self.start_utc
        return (self.start_utc is None or self.start_utc <= at) and (
            self.end_utc is None or at < self.end_utc
        )

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether any part of `start` to `end` lies in the interval."""
        if self.start_utc is not None and self.start_utc == self.end_utc:
            return start <= self.start_utc < end
        return (self.end_utc is None or start < self.end_utc) and (
            self.start_utc is None or end > self.start_utc
        )


class Quarter(Interval, frozen=True, kw_only=True):
    """An interval of three months at most, both ends given."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.start_utc is None or self.end_utc is None:
            raise ValueError("needs both ends")
        if self.end_utc > _months_later(self.start_utc, 3):
            raise ValueError("is longer than three months")


class Limitation(_Part, frozen=True, kw_only=True):
    count: Annotated[int, Meta(ge=1, le=1000)]
    cursor: UUID | None = None


class Signed(_Part, frozen=True, kw_only=True):
    """What every body carries; the tokens have been looked at before."""

    client_token: str
    access_token: str
    client: Text
    language_code: str | None = None
    culture_code: str | None = None

    def __post_init__(self) -> None:
        if (self.language_code is None) != (self.culture_code is None):
            raise ValueError("field `CultureCode`: given only together with LanguageCode")


class Listed(Signed, frozen=True, kw_only=True):
    """A request for a page of a list."""

    limitation: Limitation


class EnterpriseListed(Listed, frozen=True, kw_only=True):
    enterprise_ids: Ids | None = None


class Configuration(Signed, frozen=True, kw_only=True):
    enterprise_id: UUID | None = None


class Enterprises(EnterpriseListed, frozen=True, kw_only=True):
    external_identifiers: Words | None = None
    linked_utc: Interval | None = None
    updated_utc: Quarter | None = None


class Services(EnterpriseListed, frozen=True, kw_only=True):
    service_ids: Ids | None = None
    service_type: str | None = None
    updated_utc: Quarter | None = None


class ByService(EnterpriseListed, frozen=True, kw_only=True):
    """Set-up that hangs on services."""

    service_ids: Ids
    updated_utc: Quarter | None = None
    activity_states: list[str] | None = None


class Categories(ByService, frozen=True, kw_only=True):
    resource_category_ids: Ids | None = None


class AgeCategories(EnterpriseListed, frozen=True, kw_only=True):
    age_category_ids: Ids | None = None
    service_ids: Ids | None = None
    updated_utc: Quarter | None = None
    activity_states: list[str] | None = None


class RateGroups(EnterpriseListed, frozen=True, kw_only=True):
    rate_group_ids: Ids | None = None
    service_ids: Ids | None = None
    external_identifiers: Words | None = None
    updated_utc: Quarter | None = None
    activity_states: list[str] | None = None


class RateExtent(_Part, frozen=True, kw_only=True):
    rates: bool | None = None
    rate_groups: bool | None = None
    availability_block_assignments: bool = False


class Rates(ByService, frozen=True, kw_only=True):
    extent: RateExtent | None = None
    rate_ids: Ids | None = None
    external_identifiers: Words | None = None


class Products(EnterpriseListed, frozen=True, kw_only=True):
    service_ids: Ids
    product_ids: Ids | None = None
    updated_utc: Quarter | None = None
    include_default: bool | None = None


class RuleExtent(_Part, frozen=True, kw_only=True):
    rule_actions: bool | None = None
    rates: bool | None = None
    rate_groups: bool | None = None
    resource_categories: bool | None = None
    business_segments: bool | None = None


class Rules(EnterpriseListed, frozen=True, kw_only=True):
    service_ids: Ids
    extent: RuleExtent
    ids: Ids | None = None
    updated_utc: Quarter | None = None


class ResourceExtent(_Part, frozen=True, kw_only=True):
    resources: bool | None = None
    resource_categories: bool | None = None
    resource_category_assignments: bool | None = None
    resource_category_image_assignments: bool | None = None
    resource_features: bool | None = None
    resource_feature_assignments: bool | None = None
    inactive: bool | None = None


class Resources(EnterpriseListed, frozen=True, kw_only=True):
    extent: ResourceExtent
    resource_ids: Ids | None = None
    names: Words | None = None
    created_utc: Quarter | None = None
    updated_utc: Quarter | None = None


class Assignments(EnterpriseListed, frozen=True, kw_only=True):
    resource_category_ids: Ids
    resource_category_assignment_ids: Ids | None = None
    resource_ids: Ids | None = None
    updated_utc: Quarter | None = None
    activity_states: list[str] | None = None


class BlockExtent(_Part, frozen=True, kw_only=True):
    inactive: bool = False


class Blocks(EnterpriseListed, frozen=True, kw_only=True):
    extent: BlockExtent | None = None
    resource_block_ids: Ids | None = None
    assigned_resource_ids: Ids | None = None
    activity_states: list[str] | None = None
    colliding_utc: Quarter | None = None
    created_utc: Quarter | None = None
    updated_utc: Quarter | None = None


class Occupancy(Signed, frozen=True, kw_only=True):
    resource_category_ids: Annotated[list[UUID], Meta(min_length=1, max_length=5)]
    resource_states: list[str] | None = None
    occupancy_states: list[str] | None = None


class TimeUnits(Signed, frozen=True, kw_only=True):
    """From the start of the first time unit to the start of the last."""

    first_time_unit_start_utc: Instant
    last_time_unit_start_utc: Instant


class PublicAvailability(TimeUnits, frozen=True, kw_only=True):
    service_id: UUID


class Availability(PublicAvailability, frozen=True, kw_only=True):
    metrics: Annotated[list[str], Meta(min_length=1)]


class Pricing(TimeUnits, frozen=True, kw_only=True):
    rate_id: UUID
    product_id: UUID | None = None


def read(body: bytes, kind: type[_T]) -> _T:
    """Raises Refusal 400 that names the parameter."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as wrong:
        raise invalid(_named(str(wrong))) from None


def invalid(parameter: str) -> Refusal:
    return Refusal(400, "INVALID", f"Invalid {parameter}.")


def know(parameter: str, asked: list[UUID] | None, known: frozenset[str]) -> frozenset[str] | None:
    """The asked-for ids as text; raises Refusal 400 when one of them does not exist."""
    ids = texts(asked)
    if ids is not None and not ids <= known:
        raise invalid(parameter)
    return ids


def _named(wrong: str) -> str:
    missing, place = _FIELD.search(wrong), _PLACE.search(wrong)
    if place is not None:
        return place.group(1)
    return missing.group(1) if missing is not None else "request"


def _months_later(at: datetime, months: int) -> datetime:
    years, month = divmod(at.month - 1 + months, 12)
    last = calendar.monthrange(at.year + years, month + 1)[1]
    return at.replace(year=at.year + years, month=month + 1, day=min(at.day, last))
