"""The Cloudbeds methods about the property itself: who it is, where its API lives, its sources, groups and items."""

from collections.abc import Mapping

from simulator.hotel import Reservation
from simulator.money import exponent
from simulator.pms.cloudbeds_booking_shapes import CATEGORIES, COLLECTING
from simulator.pms.cloudbeds_books import Books
from simulator.pms.cloudbeds_calls import Ask, Json, Method, answered, listed
from simulator.pms.cloudbeds_money import amount
from simulator.pms.cloudbeds_rates import currency_sheet

_CHANNELS = frozenset({"ota", "wholesaler"})


class HotelDesk:
    """Answers from the hotel's set-up."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._hotel = books.world.hotel

    def methods(self) -> Mapping[str, Method]:
        return {
            "userinfo": Method("GET", None, self._user),
            "oauth/metadata": Method("GET", None, self._metadata),
            "getHotels": Method("GET", "read:hotel", self._hotels),
            "getHotelDetails": Method("GET", "read:hotel", self._details, wants_one=True),
            "getSources": Method("GET", "read:reservation", self._sources),
            "getGroups": Method("GET", "read:group", self._groups, wants_one=True),
            "getItems": Method("GET", "read:item", self._items, wants_one=True),
            "getPackages": Method("GET", "read:package", self._packages, wants_one=True),
            "getPackageNames": Method("GET", "read:package", self._packages, wants_one=True),
        }

    def _user(self, ask: Ask) -> Json:
        """Needs no scope; the only answer without `success`."""
        user: Json = {
            "user_id": self._books.ids.user_id,
            "first_name": "Ada",
            "last_name": "Berg",
            "email": "ada@example.org",
        }
        if ask.params.flag("role_details"):
            user |= {"acl": [], "roles": [{"id": "1", "name": "Administrator", "description": ""}]}
        return user

    def _metadata(self, ask: Ask) -> Json:
        return {"success": "true", "data": {"api": {"url": ask.base_url}}}

    def _hotels(self, ask: Ask) -> Json:
        """All the key covers, or those asked for; a second property of an organization has a name and no more."""
        name = ask.params.text("propertyName")
        rows = [self._property(identifier) for identifier in ask.properties]
        rows = [row for row in rows if name is None or name.lower() in str(row["propertyName"]).lower()]
        part, counts = ask.params.page(rows, 20)
        return listed(part, counts)

    def _property(self, identifier: str) -> Json:
        is_ours = identifier == self._books.ids.property_id
        return {
            "propertyID": identifier,
            "organizationID": self._books.ids.organization_id,
            "propertyName": self._hotel.name if is_ours else f"{self._hotel.name} Annexe",
            "propertyImage": "",
            "propertyDescription": "",
            "propertyTimezone": self._hotel.timezone,
            "propertyCurrency": currency_sheet(self._hotel.currency),
        }

    def _details(self, ask: Ask) -> Json:
        plain = self._property(ask.properties[0])
        del plain["propertyTimezone"]
        separators: Json = {"currencyDecimalSeparator": ".", "currencyThousandsSeparator": ","}
        return answered(
            plain
            | {
                "propertyType": "hotel",
                "propertyImage": [],
                "propertyCurrency": currency_sheet(self._hotel.currency) | separators,
                "propertyPrimaryLanguage": "en",
                "propertyAdditionalPhotos": [],
                "propertyPhone": "+44 7700 900000",
                "propertyEmail": "frontdesk@example.org",
                "propertyAddress": _address(),
                "propertyPolicy": {
                    "propertyCheckInTime": "15:00:00",
                    "propertyCheckOutTime": "11:00:00",
                    "propertyLateCheckOutAllowed": False,
                    "propertyLateCheckOutType": "value",
                    "propertyLateCheckOutValue": "0",
                    "propertyTermsAndConditions": "",
                    "propertyFullPaymentBeforeCheckin": False,
                },
                "propertyAmenities": [],
                "taxID": "",
                "taxID2": "",
                "companyLegalName": self._hotel.name,
            }
        )

    def _sources(self, ask: Ask) -> Json:
        names = sorted({kept.record.source for kept in ask.rows(self._books.reservations)})
        return answered([self._source(name) for name in names])

    def _source(self, name: str) -> Json:
        is_channel = CATEGORIES.get(name) in _CHANNELS
        return {
            "propertyID": self._books.ids.property_id,
            "sourceID": self._books.ids.source(name),
            "sourceName": name,
            "isThirdParty": is_channel,
            "status": True,
            "commission": 15 if is_channel else 0,
            "paymentCollect": "channel" if name in COLLECTING else "hotel",
            "taxes": [],
            "fees": [],
        }

    def _groups(self, ask: Ask) -> Json:
        wanted = ask.params.text("groupCode")
        first: dict[str, Reservation] = {}
        for kept in ask.rows(self._books.reservations):
            if kept.record.group_code is not None:
                first.setdefault(kept.record.group_code, kept.record)
        rows = [
            {
                "groupCode": code,
                "name": record.group_name or code,
                "type": "group",
                "status": "open",
                "created": self._books.local(record.created_at),
                "sourceID": self._books.ids.source(record.source),
                "sourceName": record.source,
            }
            | dict.fromkeys(_UNKNOWN_OF_GROUP)
            for code, record in sorted(first.items())
            if wanted in (None, code)
        ]
        part, _ = ask.params.page(rows, 100, 100)
        return answered(part)

    def _items(self, ask: Ask) -> Json:
        """What can be sold on top; breakfast is what some rate plans include."""
        price = next((plan.per_person for plan in self._hotel.rate_plans if plan.per_person), None)
        shown = amount(price or 10 ** exponent(self._hotel.currency), self._hotel.currency)
        item = {
            "itemID": "88",
            "itemType": "mealplan",
            "sku": "",
            "itemCode": "BRK",
            "name": "Breakfast buffet",
            "categoryID": "3",
            "categoryName": "Meals",
            "description": "",
            "price": shown,
            "stockInventory": False,
        }
        return answered(ask.rows(lambda: [item]))

    def _packages(self, ask: Ask) -> Json:
        """The hotel's subscription with the vendor; nothing a guest could book."""
        return answered({"packageNames": ["myfrontdesk", "mybookings", "myallocator"]})


_UNKNOWN_OF_GROUP = (
    *("address1", "address2", "city", "zip", "state", "countryCode"),
    *("taxDocumentType", "taxIdNumber", "legalName", "contacts"),
)


def _address() -> Json:
    return {
        "propertyAddress1": "",
        "propertyAddress2": "",
        "propertyCity": "",
        "propertyState": "",
        "propertyZip": "",
        "propertyCountry": "",
        "propertyLatitude": "",
        "propertyLongitude": "",
    }
