"""The hotel's set-up in Mews's words: enterprise, services, age classes, categories, and rooms out of order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from simulator.hotel import Hotel, OutOfOrder, RoomType
from simulator.pms.mews_calendar import local, stamp
from simulator.pms.mews_names import Names

LANGUAGE = "en-GB"
BUILT = datetime(2024, 1, 15, 8, 0, tzinfo=UTC)

_CATEGORY_TYPES = {"STE": "Suite"}
_CLASSES = {
    "SGL": "StandardSingle",
    "TWN": "StandardTwin",
    "DBL": "StandardDouble",
    "SUP": "SuperiorDouble",
    "FAM": "Family",
    "STE": "JuniorSuite",
}
NEVER = {
    "BeforeCheckIn": False,
    "AfterCheckIn": False,
    "DuringStay": False,
    "BeforeCheckOut": False,
    "AfterCheckOut": False,
    "DuringCheckOut": False,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One record of the set-up: what the filters look at, and its JSON."""

    id: str
    row: Mapping[str, object]
    created_at: datetime = BUILT
    updated_at: datetime = BUILT
    is_active: bool = True
    name: str = ""
    of: str = ""


def enterprise(names: Names, hotel: Hotel) -> dict[str, object]:
    """What the configuration and the list of enterprises have in common."""
    address = {
        "Id": names.id("address", "hotel"),
        "Line1": "Aurora Square 1",
        "Line2": None,
        "City": "Anytown",
        "PostalCode": "00100",
        "CountryCode": "FI",
        "CountrySubdivisionCode": None,
        "Latitude": None,
        "Longitude": None,
    }
    return {
        "Id": names.enterprise,
        "ExternalIdentifier": hotel.code,
        "HoldingKey": None,
        "ChainId": names.chain,
        "ChainName": "Northern Lights Hotels",
        "CreatedUtc": stamp(BUILT),
        "UpdatedUtc": stamp(BUILT),
        "Name": hotel.name,
        "ShortName": None,
        "TimeZoneIdentifier": hotel.timezone,
        "LegalEnvironmentCode": "FI",
        "AccommodationEnvironmentCode": "FI",
        "AccountingEnvironmentCode": "FI",
        "TaxEnvironmentCode": "FI",
        "DefaultLanguageCode": LANGUAGE,
        "EditableHistoryInterval": "P0M7DT0H0M0S",
        "AccountingEditableHistoryInterval": "P0M7DT0H0M0S",
        "OperationalEditableHistoryInterval": "P0M7DT0H0M0S",
        "BusinessDayClosingOffset": None,
        "WebsiteUrl": "https://hotel.example/",
        "Email": "desk@hotel.example",
        "Phone": "+358 9 000000",
        "LogoImageId": None,
        "CoverImageId": None,
        "Pricing": "Gross",
        "TaxPrecision": None,
        "AddressId": names.id("address", "hotel"),
        "Address": address,
        "GroupNames": [],
        "Subscription": {"TaxIdentifier": None},
    }


def configuration(names: Names, hotel: Hotel, now: datetime) -> dict[str, object]:
    currency = {"Currency": hotel.currency, "IsDefault": True, "IsEnabled": True}
    return {
        "NowUtc": stamp(now),
        "Enterprise": {
            **enterprise(names, hotel),
            "Currencies": [currency],
            "AccountingConfiguration": None,
            "IsPortfolio": False,
        },
        "Service": None,
        "PaymentCardStorage": None,
        "IsIdentityDocumentNumberRequired": False,
    }


def enterprises(names: Names, hotel: Hotel) -> list[Piece]:
    row = {**enterprise(names, hotel), "LinkedUtc": stamp(BUILT)}
    return [Piece(names.enterprise, row, name=hotel.code)]


def services(names: Names) -> list[Piece]:
    """One bookable service, and one that only sells."""
    stay = {
        "StartOffset": "P0M0DT15H0M0S",
        "EndOffset": "P0M0DT11H0M0S",
        "OccupancyStartOffset": "P0M0DT15H0M0S",
        "OccupancyEndOffset": "P0M0DT11H0M0S",
        "TimeUnit": "Day",
        "TimeUnitPeriod": "Day",
    }
    return [
        _service(names, "stay", "Stay", place=0, kind="Bookable", value=stay),
        _service(names, "restaurant", "Restaurant", place=1, kind="Additional", value={"Promotions": NEVER}),
    ]


def age_categories(names: Names) -> list[Piece]:
    ages = (("adult", "Adults", 13, None, "Adult"), ("child", "Children", 3, 12, "Child"))
    found = []
    for key, name, least, most, group in (*ages, ("infant", "Infants", 0, 2, "Child")):
        row = {
            "Id": names.id("age", key),
            "ServiceId": names.stay_service,
            "MinimalAge": least,
            "MaximalAge": most,
            "Names": {LANGUAGE: name},
            "ShortNames": {LANGUAGE: name[:1]},
            **stamps(),
            "Classification": group,
            "IsActive": True,
            "ExternalIdentifier": None,
        }
        found.append(Piece(names.id("age", key), row, of=names.stay_service))
    return found


def categories(names: Names, hotel: Hotel) -> list[Piece]:
    return [_category(names, kind, place) for place, kind in enumerate(hotel.room_types)]


def assignments(names: Names, hotel: Hotel) -> list[Piece]:
    """Which room is of which type; `of` is the type, `name` the room's id."""
    found = []
    for room in hotel.rooms:
        resource, category = names.id("resource", room.number), names.id("category", room.room_type)
        row = {
            "Id": names.id("assignment", room.number),
            "IsActive": True,
            "ResourceId": resource,
            "CategoryId": category,
            **stamps(),
        }
        found.append(Piece(names.id("assignment", room.number), row, name=resource, of=category))
    return found


def blocks(names: Names, hotel: Hotel) -> list[tuple[Piece, datetime, datetime]]:
    """Out-of-order rooms with when they start and end; `of` is the room."""
    return [_block(names, hotel, broken) for broken in hotel.out_of_order]


def _service(
    names: Names, key: str, name: str, *, place: int, kind: str, value: Mapping[str, object]
) -> Piece:
    found = names.id("service", key)
    row = {
        "Id": found,
        "EnterpriseId": names.enterprise,
        "IsActive": True,
        "Name": name,
        "Names": {LANGUAGE: name},
        "StartTime": None,
        "EndTime": None,
        "Options": {"BillAsPackage": False},
        "Promotions": NEVER,
        "Type": "Reservable" if kind == "Bookable" else "Orderable",
        "Ordering": place,
        "Data": {"Discriminator": kind, "Value": value},
        "ExternalIdentifier": None,
        **stamps(),
    }
    return Piece(found, row, name=kind)


def _category(names: Names, kind: RoomType, place: int) -> Piece:
    found = names.id("category", kind.code)
    row = {
        "Id": found,
        "EnterpriseId": names.enterprise,
        "ServiceId": names.stay_service,
        "IsActive": True,
        "Type": _CATEGORY_TYPES.get(kind.code, "Room"),
        "Classification": _CLASSES.get(kind.code, "Other"),
        "Names": {LANGUAGE: kind.name},
        "ShortNames": {LANGUAGE: kind.code},
        "Descriptions": {},
        "Ordering": place,
        "Capacity": min(2, kind.max_occupancy),
        "ExtraCapacity": max(0, kind.max_occupancy - 2),
        "ExternalIdentifier": kind.code,
        "AccountingCategoryId": None,
    }
    return Piece(found, row, name=kind.code, of=names.stay_service)


def _block(names: Names, hotel: Hotel, broken: OutOfOrder) -> tuple[Piece, datetime, datetime]:
    start, end = local(hotel.zone, broken.start), local(hotel.zone, broken.end)
    found = names.id("block", broken.room, _key(broken.start))
    row = {
        "Id": found,
        "EnterpriseId": names.enterprise,
        "AssignedResourceId": names.id("resource", broken.room),
        "IsActive": True,
        "Type": "OutOfOrder",
        "StartUtc": stamp(start),
        "EndUtc": stamp(end),
        **stamps(),
        "DeletedUtc": None,
        "Name": broken.reason,
        "Notes": None,
    }
    return Piece(found, row, of=names.id("resource", broken.room)), start, end


def _key(day: date) -> str:
    return day.isoformat()


def stamps() -> dict[str, object]:
    return {"CreatedUtc": stamp(BUILT), "UpdatedUtc": stamp(BUILT)}
