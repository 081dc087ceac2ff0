"""A stay as OPERA's lists write it: the reservation list, the light list, and the booking channels' summary."""

from simulator.hotel import State
from simulator.money import major_number
from simulator.pms.opera_calls import Json, given, text_day, utc_text
from simulator.pms.opera_names import CHANNELS, language, source_code
from simulator.pms.opera_stays import Stay
from simulator.pms.opera_tenant import Tenant, country, full_name


def ids(stay: Stay) -> list[Json]:
    return [{"id": stay.id, "type": "Reservation"}, {"id": stay.confirmation, "type": "Confirmation"}]


def references(stay: Stay) -> list[Json] | None:
    """What the channel that sold the stay calls it."""
    if stay.record.source not in CHANNELS:
        return None
    return [
        {"id": f"{source_code(stay.record.source)}-{stay.number}", "idContext": stay.record.source.upper()}
    ]


def guarantee(stay: Stay) -> Json:
    if stay.state is State.OPTION:
        return {"guaranteeCode": "6PM", "shortDescription": "6pm Hold", "onHold": True}
    return {"guaranteeCode": "CC", "shortDescription": "Credit card", "onHold": False}


def block(tenant: Tenant, stay: Stay) -> Json | None:
    record = stay.record
    if record.group_code is None:
        return None
    return {
        "blockIdList": [{"id": tenant.names.block(record.group_code), "type": "Block"}],
        "blockName": (record.group_name or record.group_code)[:40],
        "hotelId": tenant.names.code,
    }


def attached(tenant: Tenant, stay: Stay) -> list[Json] | None:
    record = stay.record
    if record.group_code is None:
        return None
    profile = {"id": tenant.names.block(record.group_code), "type": "Profile"}
    name = record.group_name or record.group_code
    return [{"name": name, "profileIdList": [profile], "reservationProfileType": "Group"}]


def market_code(stay: Stay) -> str:
    if stay.record.group_code is not None:
        return "GRP"
    return "COR" if stay.record.source == "Corporate" else "LEI"


def list_row(tenant: Tenant, stay: Stay, is_detailed: bool) -> Json:
    """One entry of `reservationInfo`; `is_detailed` when more than ids and indicators were asked for."""
    record, today = stay.record, tenant.today()
    row = given(
        reservationIdList=ids(stay),
        externalReferences=references(stay),
        roomStay=_room_stay(tenant, stay),
        reservationGuest=_guest(tenant, stay),
        attachedProfiles=attached(tenant, stay),
        cancellationInfo=_cancellation(tenant, stay),
        hotelId=tenant.names.code,
        hotelName=tenant.world.hotel.name,
        roomStayReservation=True,
        createDateTime=tenant.stamp(record.created_at),
        lastModifyDateTime=tenant.stamp(record.updated_at),
        reservationStatus=stay.status(),
        computedReservationStatus=stay.computed(today),
        walkInIndicator=record.source == "Walk-in",
        paymentMethod="CA",
        preRegistered=False,
    )
    if is_detailed:
        row["cashiering"] = {"revenuesAndBalances": {"balance": tenant.money(stay.balance)}}
    return row


def _room_stay(tenant: Tenant, stay: Stay) -> Json:
    line, is_open = stay.current(tenant.today()), not tenant.is_suppressed(stay)
    return given(
        arrivalDate=text_day(stay.arrival),
        departureDate=text_day(stay.departure),
        adultCount=tenant.count(line.adults),
        childCount=tenant.count(line.children),
        roomClass=line.room_type[:3],
        roomType=line.room_type,
        roomTypeCharged=stay.lines[0].room_type,
        numberOfRooms=tenant.count(1),
        roomId=line.room,
        ratePlanCode=line.rate_plan,
        rateAmount=tenant.money(line.nightly[0]) if is_open and line.nightly else None,
        rateSuppressed=None if is_open else True,
        totalAmount=tenant.money(stay.total) if is_open else None,
        reservationBlock=block(tenant, stay),
        linkCode=stay.confirmation if stay.units > 1 else None,
        fixedRate=False,
        guarantee=guarantee(stay),
        marketCode=market_code(stay),
        sourceCode=source_code(stay.record.source),
        sourceCodeDescription=stay.record.source,
        balance=tenant.money(stay.balance),
        pseudoRoom=stay.is_pseudo,
    )


def _guest(tenant: Tenant, stay: Stay) -> Json:
    guest = stay.guest
    where = country(guest)
    companions = [
        given(
            firstName=other.first or None,
            lastName=other.last,
            fullName=full_name(other),
            profileIdList=[{"id": tenant.names.profile(other.id), "type": "Profile"}],
        )
        for other in stay.people[1:]
    ]
    is_anonymized = guest.id in tenant.profiles.anonymized
    return given(
        id=tenant.names.profile(guest.id),
        type="Profile",
        givenName=guest.first[:40] or None,
        surname=guest.last[:80],
        fullName=full_name(guest),
        nameType="Guest",
        email=guest.email,
        phoneNumber=guest.phone,
        language=language(guest),
        vip={"vipCode": "1", "vipDescription": "VIP"} if guest.vip else None,
        address=None if where is None else {"country": where},
        anonymization={"anonymizationStatus": "Anonymized"} if is_anonymized else None,
        accompanyGuests=companions or None,
    )


def _cancellation(tenant: Tenant, stay: Stay) -> Json | None:
    at = stay.record.cancelled_at
    if stay.state is not State.CANCELLED or at is None:
        return None
    return {"code": "PLANS", "description": "Change of plans", "date": text_day(tenant.local_day(at))}


def summary_row(tenant: Tenant, stay: Stay) -> Json:
    """One entry of the light list."""
    record, line, guest = stay.record, stay.current(tenant.today()), stay.guest
    cancelled = record.cancelled_at if stay.state is State.CANCELLED else None
    return given(
        hotelId=tenant.names.code,
        reservationIdList=ids(stay),
        externalReferences=references(stay),
        guestDetails=given(
            guestNameId=tenant.names.profile(guest.id),
            lastName=guest.last[:80],
            firstName=guest.first or None,
            emailAddress=guest.email,
            phoneNumber=guest.phone,
        ),
        reservationDates=given(
            arrivalDate=text_day(stay.arrival),
            departureDate=text_day(stay.departure),
            cancelledOn=None if cancelled is None else text_day(tenant.local_day(cancelled)),
            createDateTime=tenant.stamp(record.created_at),
            lastModifyDateTime=tenant.stamp(record.updated_at),
        ),
        adults=tenant.count(line.adults),
        children=tenant.count(line.children),
        noOfRooms=tenant.count(1),
        amount=None if tenant.is_suppressed(stay) else major_number(stay.total, tenant.currency),
        balance=major_number(stay.balance, tenant.currency),
        rateCode=line.rate_plan,
        currencyCode=tenant.currency,
        reservationStatus=stay.status(),
        computedReservationStatus=stay.computed(tenant.today()),
        guaranteeCode=guarantee(stay)["guaranteeCode"],
        nights=tenant.count((stay.departure - stay.arrival).days),
        roomId=line.room,
        roomType=line.room_type,
        bookedRoomType=stay.lines[0].room_type,
        sourceCode=source_code(record.source),
        marketCode=market_code(stay),
        shared=False,
    )


def statistics_row(tenant: Tenant, stay: Stay) -> Json:
    """One entry of what the booking channels have sold."""
    record = stay.record
    cancelled = record.cancelled_at if stay.state is State.CANCELLED else None
    return given(
        hotelId=tenant.names.code,
        channelCode=source_code(record.source),
        enterpriseId=tenant.names.enterprise,
        arrivalDate=text_day(stay.arrival),
        departureDate=text_day(stay.departure),
        creationDate=utc_text(record.created_at),
        lastUpdateDate=utc_text(record.updated_at),
        cancellationDate=None if cancelled is None else utc_text(cancelled),
        numberOfRooms=1,
        reservationStatus=stay.status(),
        confirmationId=stay.confirmation,
        legNumber=str(stay.unit),
        reservationId=stay.id,
        guestName=stay.guest.last[:20],
    )
