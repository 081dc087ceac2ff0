"""What the hotel sells in Mews's words: rates and their groups, products, and the rules that make packages."""

from collections.abc import Collection, Iterable, Iterator

from simulator.hotel import Hotel, RatePlan
from simulator.pms.mews_calendar import stamp
from simulator.pms.mews_money import extended_amount
from simulator.pms.mews_names import Names
from simulator.pms.mews_order_items import breakfast_price
from simulator.pms.mews_setup import BUILT, LANGUAGE, NEVER, Piece, stamps

# Rates that are not for everybody, and two that a client must not offer: one switched off, one deleted.
_PRIVATE = frozenset({"CORP", "GRP"})
_DISABLED = RatePlan("EARLY", "Early Bird", breakfast=False, refundable=False, percent=80)
_GONE = RatePlan("OPEN24", "Opening Offer 2024", breakfast=False, refundable=True, percent=60)


def rate_groups(names: Names) -> list[Piece]:
    found = []
    for place, (key, name) in enumerate((("public", "Public rates"), ("private", "Agreed rates"))):
        row = {
            "Id": names.id("rate group", key),
            "ServiceId": names.stay_service,
            "IsActive": True,
            **stamps(),
            "Ordering": place,
            "Names": {LANGUAGE: name},
            "ShortNames": {},
            "Descriptions": {},
            "ExternalIdentifier": None,
        }
        found.append(Piece(names.id("rate group", key), row, name=name, of=names.stay_service))
    return found


def rate_groups_of_old(names: Names) -> list[dict[str, object]]:
    """The shorter form that the list of rates still carries."""
    kept = ("Id", "ServiceId", "IsActive", "ExternalIdentifier")
    return [{**{name: piece.row[name] for name in kept}, "Name": piece.name} for piece in rate_groups(names)]


def plans(names: Names, hotel: Hotel) -> dict[str, RatePlan]:
    """Every rate that has a price, by id: the hotel's plans and the one that is switched off."""
    return {names.id("rate", plan.code): plan for plan in (*hotel.rate_plans, _DISABLED)}


def rates(names: Names, hotel: Hotel) -> list[Piece]:
    found = []
    for plan in (*hotel.rate_plans, _DISABLED, _GONE):
        is_active = plan is not _GONE
        row = {**_rate(names, hotel, plan), "IsDefault": plan is hotel.rate_plans[0]}
        found.append(
            Piece(
                names.id("rate", plan.code), row, is_active=is_active, name=plan.code, of=names.stay_service
            )
        )
    return found


def products(names: Names, hotel: Hotel) -> list[Piece]:
    return [
        _product(
            names,
            hotel,
            "breakfast",
            name="Breakfast",
            charging="PerPersonPerTimeUnit",
            price=breakfast_price(hotel),
        ),
        _product(names, hotel, "parking", name="Parking", charging="PerTimeUnit", price=0),
    ]


def rules(names: Names, hotel: Hotel) -> list[Piece]:
    """What makes a package: a rate with breakfast adds the product; `name` is the rate."""
    found = []
    for plan in hotel.rate_plans:
        if plan.breakfast:
            rate = names.id("rate", plan.code)
            row = {
                "Id": names.id("rule", plan.code),
                "ServiceId": names.stay_service,
                "Conditions": {"RateId": {"Value": rate, "ConditionType": "Equals"}},
                **stamps(),
            }
            found.append(Piece(names.id("rule", plan.code), row, name=rate, of=names.stay_service))
    return found


def rule_actions(names: Names, rule_ids: Iterable[str]) -> Iterator[dict[str, object]]:
    breakfast = {"ProductId": names.id("product", "breakfast"), "ActionType": "Add"}
    for rule in rule_ids:
        yield {
            "Id": names.id("rule action", rule),
            "RuleId": rule,
            "Data": {"Discriminator": "Product", "Value": breakfast},
        }


def rates_of_rules(names: Names, hotel: Hotel, rate_ids: Collection[str]) -> list[dict[str, object]]:
    """The shorter form of a rate, without its mark of being the default."""
    return [_rate(names, hotel, plan) for rate, plan in plans(names, hotel).items() if rate in rate_ids]


def _rate(names: Names, hotel: Hotel, plan: RatePlan) -> dict[str, object]:
    base = hotel.rate_plans[0]
    is_private = plan.code in _PRIVATE
    return {
        "Id": names.id("rate", plan.code),
        "GroupId": names.id("rate group", "private" if is_private else "public"),
        "ServiceId": names.stay_service,
        "BaseRateId": None if plan is base else names.id("rate", base.code),
        "IsBaseRate": plan is base,
        "BusinessSegmentId": None,
        "IsActive": plan is not _GONE,
        "IsEnabled": plan not in (_DISABLED, _GONE),
        "IsPublic": not is_private,
        "Type": "Private" if is_private else "Public",
        "Name": plan.name,
        "Names": {LANGUAGE: plan.name},
        "ShortName": plan.code,
        "UpdatedUtc": stamp(BUILT),
        "ExternalNames": {},
        "Description": {},
        "ExternalIdentifier": None,
    }


def _product(names: Names, hotel: Hotel, key: str, *, name: str, charging: str, price: int) -> Piece:
    """Once a night in any case; `price` is gross, in minor units."""
    found = names.id("product", key)
    row = {
        "Id": found,
        "ServiceId": names.stay_service,
        "CategoryId": None,
        "AccountingCategoryId": None,
        "IsActive": True,
        "IsDefault": False,
        "Name": name,
        "Names": {LANGUAGE: name},
        "ExternalName": name,
        "ExternalNames": {LANGUAGE: name},
        "ShortName": None,
        "ShortNames": {},
        "Description": None,
        "Descriptions": {},
        "Charging": charging,
        "ChargingMode": charging,
        "Posting": "Daily",
        "PostingMode": "PerTimeUnit",
        "Options": {"BillAsPackage": key == "breakfast", "ExcludePriceFromOffer": False},
        "Promotions": NEVER,
        "Classifications": {
            "Food": key == "breakfast", "Beverage": False, "Wellness": False, "CityTax": False, "Fee": False,
        },
        "Price": extended_amount(price, hotel.currency),
        "Pricing": {"Discriminator": "Absolute", "Value": extended_amount(price, hotel.currency)},
        "ImageIds": [],
        "Ordering": 0,
        "ExternalIdentifier": None,
        "TaxExemptionReason": None,
        "TaxExemptionLegalReference": None,
        **stamps(),
        "ConsumptionMoment": "NextTimeUnit" if key == "breakfast" else "PostingTimeUnit",
    }  # fmt: skip
    return Piece(found, row, of=names.stay_service)
