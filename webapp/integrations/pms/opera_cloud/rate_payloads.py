"""The parts of OHIP's answers about availability, rates and packages that the hub reads."""

from typing import Any

import msgspec

from webapp.integrations.kit.plain_values import Text

from .payloads import Part


class Count(Part, frozen=True, rename="camel"):
    start_date: Text = None
    end_date: Text = None
    available_count: Text = None


class TypeInventory(Part, frozen=True, rename="camel"):
    code: Text = None
    inventory_counts: tuple[Count, ...] | None = None


class Inventory(Part, frozen=True, rename="camel"):
    room_type_inventories: tuple[TypeInventory, ...] | None = None


class InventoryAnswer(Part, frozen=True, rename="camel"):
    hotel_inventories: tuple[Inventory, ...] | None = None


class Description(Part, frozen=True, rename="camel"):
    default_text: str | None = None


class PlanDetails(Part, frozen=True, rename="camel"):
    description: Description | str | None = None


class PlanInfo(Part, frozen=True, rename="camel"):
    rate_plan_code: Text = None
    primary_details: PlanDetails | None = None


class PlanList(Part, frozen=True, rename="camel"):
    rate_plan_short_info: tuple[msgspec.Raw, ...] = ()  # of PlanInfo
    has_more: Any = None


class PlansAnswer(Part, frozen=True, rename="camel"):
    rate_plan_short_info_list: PlanList = PlanList()


class RateAmounts(Part, frozen=True, rename="camel"):
    one_person_rate: Text = None
    two_person_rate: Text = None


class Schedule(Part, frozen=True, rename="camel"):
    """`ratePlanScheduleDetail`: a price for some room types on some weekdays of a span."""

    start: Text = None
    end: Text = None
    room_type_list: tuple[str, ...] | None = None
    rate_amounts: RateAmounts | None = None
    monday: Any = None
    tuesday: Any = None
    wednesday: Any = None
    thursday: Any = None
    friday: Any = None
    saturday: Any = None
    sunday: Any = None

    @property
    def weekdays(self) -> tuple[Any, ...]:
        """Monday first."""
        return (
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        )


class ScheduleItem(Part, frozen=True, rename="camel"):
    rate_plan_schedule_detail: Schedule = Schedule()


class ScheduleList(Part, frozen=True, rename="camel"):
    rate_plan_schedule: tuple[msgspec.Raw, ...] = ()  # of ScheduleItem
    has_more: Any = None


class PlanMaster(Part, frozen=True, rename="camel"):
    currency_code: str | None = None


class SchedulesAnswer(Part, frozen=True, rename="camel"):
    rate_plan_schedule_list: ScheduleList = ScheduleList()
    rate_plan_master_info: PlanMaster | None = None


class PackageDetails(Part, frozen=True, rename="camel"):
    description: str | None = None


class PackageMoney(Part, frozen=True, rename="camel"):
    currency: str | None = None


class PackagePosting(Part, frozen=True, rename="camel"):
    calculated_price: Text = None


class PackageInfo(Part, frozen=True, rename="camel"):
    code: Text = None
    primary_details: PackageDetails | None = None
    transaction_details: PackageMoney | None = None
    posting_attributes: PackagePosting | None = None


class PackagesOfHotel(Part, frozen=True, rename="camel"):
    hotel_id: Text = None
    package_code_short_info: tuple[PackageInfo, ...] | None = None


class PackageList(Part, frozen=True, rename="camel"):
    package_codes: tuple[PackagesOfHotel, ...] = ()


class PackagesAnswer(Part, frozen=True, rename="camel"):
    package_codes_list: PackageList = PackageList()
