"""The parts of Cloudbeds' answers that the hub reads, with the vendor's own names and all the types they come in."""

from typing import Any

import msgspec

from webapp.integrations.kit.plain_values import Text


class Envelope(msgspec.Struct, frozen=True):
    """Around every answer. 200 is no success until `success` is true, which one call sends as a text."""

    success: Any = None
    data: msgspec.Raw = msgspec.Raw(b"")
    total: Any = None
    message: Any = None


class HotelRow(msgspec.Struct, frozen=True):
    propertyID: Text = None
    propertyName: Text = None
    propertyTimezone: Text = None
    # An array by the contract, an object in real answers.
    propertyCurrency: dict[str, Any] | list[dict[str, Any]] | str | None = None


class ApiPlace(msgspec.Struct, frozen=True):
    url: str = ""


class Metadata(msgspec.Struct, frozen=True):
    api: ApiPlace = ApiPlace()


class RoomLine(msgspec.Struct, frozen=True):
    """One room of a reservation, in lists of reservations."""

    roomTypeID: Text = None
    roomTypeName: Text = None
    subReservationID: Text = None
    reservationRoomID: Text = None
    guestID: Text = None
    guestName: Text = None
    roomID: Text = None
    roomName: Text = None
    roomCheckIn: Text = None
    roomCheckOut: Text = None
    roomStatus: Text = None
    rateID: Text = None
    rateName: Text = None
    adults: Text = None
    children: Text = None
    detailedRoomRates: dict[str, Text] | list[Any] | None = None


class PersonRoom(msgspec.Struct, frozen=True):
    reservationRoomID: Text = None
    subReservationID: Text = None
    roomStatus: Text = None


class Person(msgspec.Struct, frozen=True):
    """One guest of a reservation."""

    guestID: Text = None
    guestName: Text = None
    guestFirstName: Text = None
    guestLastName: Text = None
    guestEmail: Text = None
    guestPhone: Text = None
    guestCellPhone: Text = None
    isMainGuest: Any = None
    isAnonymized: Any = None
    rooms: list[PersonRoom] | dict[str, PersonRoom] | None = None
    unassignedRooms: list[PersonRoom] | dict[str, PersonRoom] | None = None


class Source(msgspec.Struct, frozen=True):
    name: Text = None


class ReservationRow(msgspec.Struct, frozen=True):
    """Of getReservationsWithRateDetails."""

    propertyID: Text = None
    reservationID: Text = None
    isDeleted: Any = None
    status: Text = None
    dateCreated: Text = None
    dateCreatedUTC: Text = None
    dateModified: Text = None
    dateModifiedUTC: Text = None
    dateCancelled: Text = None
    dateCancelledUTC: Text = None
    guestID: Text = None
    guestName: Text = None
    reservationCheckIn: Text = None
    reservationCheckOut: Text = None
    propertyCurrency: Text = None
    total: Text = None
    balance: Text = None
    source: Source | Text = None
    sourceName: Text = None
    detailedRates: dict[str, Text] | list[Any] | None = None
    rooms: list[RoomLine] | dict[str, RoomLine] | None = None
    guestList: dict[str, Person] | list[Person] | None = None


class ListedRow(msgspec.Struct, frozen=True):
    """Of getReservations: what the richer list lacks."""

    propertyID: Text = None
    reservationID: Text = None
    groupCode: Text = None
    allotmentBlockCode: Text = None


class ReservationNote(msgspec.Struct, frozen=True):
    reservationNote: Text = None


class StatusRow(msgspec.Struct, frozen=True):
    """A guest in a room, with the last change of status."""

    reservationID: Text = None
    subReservationID: Text = None
    roomID: Text = None
    currentStatus: Text = None
    statusDate: Text = None


class GuestNote(msgspec.Struct, frozen=True):
    note: Text = None


class GuestRow(msgspec.Struct, frozen=True):
    """Of getGuestList; getGuest has other names for the same (see `SingleGuest`)."""

    guestID: Text = None
    guestName: Text = None
    guestFirstName: Text = None
    guestLastName: Text = None
    guestEmail: Text = None
    guestPhone: Text = None
    guestCellPhone: Text = None
    guestCountry: Text = None
    dateModified: Text = None
    isAnonymized: Any = None
    isMerged: Any = None
    guestNotes: list[GuestNote] | dict[str, GuestNote] | Text = None


class SingleGuest(msgspec.Struct, frozen=True):
    firstName: Text = None
    lastName: Text = None
    email: Text = None
    phone: Text = None
    cellPhone: Text = None
    country: Text = None
    isAnonymized: Any = None
    isMerged: Any = None


class RateNight(msgspec.Struct, frozen=True):
    date: Text = None
    rateBase: Text = None
    rate: Text = None
    totalRate: Text = None
    roomsAvailable: Text = None
    closedToArrival: Any = None
    closedToDeparture: Any = None
    blocked: Any = None
    minLos: Text = None


class RateRow(msgspec.Struct, frozen=True):
    """One rate plan on one room type; without a `ratePlanID` it is the room type's base rate."""

    propertyID: Text = None
    rateID: Text = None
    ratePlanID: Text = None
    ratePlanNamePublic: Text = None
    ratePlanNamePrivate: Text = None
    roomTypeID: Text = None
    roomTypeName: Text = None
    roomRateDetailed: list[RateNight] | dict[str, RateNight] | None = None


class RoomRow(msgspec.Struct, frozen=True):
    roomID: Text = None
    roomTypeID: Text = None
    roomTypeName: Text = None
    isVirtual: Any = None


class RoomsOfProperty(msgspec.Struct, frozen=True):
    propertyID: Text = None
    rooms: list[RoomRow] | dict[str, RoomRow] | None = None


class WebhookEvent(msgspec.Struct, frozen=True):
    entity: Text = None
    action: Text = None


class WebhookData(msgspec.Struct, frozen=True):
    endpoint: Text = None


class WebhookRow(msgspec.Struct, frozen=True):
    id: Text = None
    event: WebhookEvent | None = None
    subscriptionData: WebhookData | list[Any] | None = None


class Subscribed(msgspec.Struct, frozen=True):
    subscriptionID: Text = None
