"""A stay as OPERA writes it when asked for one: another nesting than in its lists."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

from simulator.hotel import State, StayLine
from simulator.pms.opera_calls import Json, given, text_day
from simulator.pms.opera_list_rows import attached, block, guarantee, ids, market_code, references
from simulator.pms.opera_names import language, source_code
from simulator.pms.opera_stays import Stay
from simulator.pms.opera_tenant import Tenant, person_name

BREAKFAST = "BRKF"


def single_row(tenant: Tenant, stay: Stay, instructions: frozenset[str]) -> Json:
    """One entry of `reservation`; notes come only with the instruction `Comments`."""
    record = stay.record
    cashiering = {"revenuesAndBalances": {"balance": tenant.money(stay.balance)}}
    return given(
        reservationIdList=ids(stay),
        externalReferences=references(stay),
        sourceOfSale={"sourceType": "PMS", "sourceCode": tenant.names.code},
        roomStay=_room_stay(tenant, stay),
        reservationGuests=[_guest(tenant, stay, place) for place in range(len(stay.people))],
        reservationProfiles=_profiles(tenant, stay),
        reservationPackages=_packages(tenant, stay),
        comments=_comments(tenant, stay) if "Comments" in instructions else None,
        cashiering=cashiering,
        cancellation=_cancellation(tenant, stay),
        hotelId=tenant.names.code,
        roomStayReservation=True,
        reservationStatus=stay.status(),
        computedReservationStatus=stay.computed(tenant.today()),
        walkIn=record.source == "Walk-in",
        printRate=True,
        createDateTime=tenant.stamp(record.created_at),
        lastModifyDateTime=tenant.stamp(record.updated_at),
        createBusinessDate=text_day(tenant.local_day(record.created_at)),
        preRegistered=False,
        allowMobileCheckout=False,
    )


def _room_stay(tenant: Tenant, stay: Stay) -> Json:
    line = stay.current(tenant.today())
    return given(
        currentRoomInfo=given(roomType=line.room_type, roomId=line.room),
        roomRates=[rate for each in stay.lines for rate in _room_rates(tenant, stay, each)],
        guestCounts={"adults": tenant.count(line.adults), "children": tenant.count(line.children)},
        arrivalDate=text_day(stay.arrival),
        departureDate=text_day(stay.departure),
        guarantee=guarantee(stay),
        total=None if tenant.is_suppressed(stay) else tenant.total(stay.total),
        roomNumberLocked=False,
        printRate=True,
    )


def _room_rates(tenant: Tenant, stay: Stay, line: StayLine) -> Iterator[Json]:
    """Runs of nights at one price; the last day of each is its last night."""
    is_open = not tenant.is_suppressed(stay)
    for start, end, price in _runs(line):
        nights = (end - start).days + 1
        span = {"start": text_day(start), "end": text_day(end)}
        yield given(
            total=tenant.total(price * nights) if is_open else None,
            rates={"rate": [{"base": tenant.total(price), "total": tenant.total(price), **span}]}
            if is_open
            else None,
            guestCounts={"adults": tenant.count(line.adults), "children": tenant.count(line.children)},
            reservationBlock=block(tenant, stay),
            roomType=line.room_type,
            ratePlanCode=line.rate_plan,
            **span,
            rateIncludesTax=tenant.switches.tax_percent == 0,
            suppressRate=not is_open,
            marketCode=market_code(stay),
            sourceCode=source_code(stay.record.source),
            sourceCodeDescription=stay.record.source,
            numberOfUnits=tenant.count(1),
            roomId=line.room,
            pseudoRoom=stay.is_pseudo,
            roomTypeCharged=line.room_type,
        )


def _runs(line: StayLine) -> Iterator[tuple[date, date, int]]:
    night = line.arrival
    for price, run in groupby(line.nightly):
        nights = len(list(run))
        yield night, night + timedelta(nights - 1), price
        night += timedelta(nights)


def _guest(tenant: Tenant, stay: Stay, place: int) -> Json:
    """The first of the room is the primary guest."""
    guest = stay.people[place]
    is_anonymized = guest.id in tenant.profiles.anonymized
    customer = given(
        personName=[person_name(guest)],
        anonymization={"anonymizationStatus": "Anonymized"} if is_anonymized else None,
        language=language(guest),
        nationality=guest.country,
        vipStatus="1" if guest.vip else None,
    )
    phones = {"telephoneInfo": [{"telephone": {"phoneNumber": guest.phone, "primaryInd": True}}]}
    emails = {"emailInfo": [{"email": {"emailAddress": guest.email, "primaryInd": True}}]}
    profile = given(
        customer=customer,
        telephones=phones if guest.phone else None,
        emails=emails if guest.email else None,
        profileType="Guest",
        statusCode="Inactive" if guest.id in tenant.profiles.inactive else "Active",
    )
    identifier = {"id": tenant.names.profile(guest.id), "type": "Profile"}
    return {"profileInfo": {"profileIdList": [identifier], "profile": profile}, "primary": place == 0}


def _profiles(tenant: Tenant, stay: Stay) -> Json | None:
    found = attached(tenant, stay)
    if found is None:
        return None
    rows = [
        {
            "profileIdList": each["profileIdList"],
            "profile": {"company": {"companyName": each["name"][:40]}, "profileType": "Group"},
            "reservationProfileType": "Group",
        }
        for each in found
    ]
    return {"reservationProfile": rows}


def _packages(tenant: Tenant, stay: Stay) -> list[Json] | None:
    plans = {plan.code: plan for plan in tenant.world.hotel.rate_plans}
    rows = [
        {
            "packageCode": BREAKFAST,
            "ratePlanCode": line.rate_plan,
            "startDate": text_day(line.arrival),
            "endDate": text_day(line.departure),
            "source": "RateHeader",
        }
        for line in stay.lines
        if line.rate_plan in plans and plans[line.rate_plan].breakfast
    ]
    return rows or None


def _comments(tenant: Tenant, stay: Stay) -> list[Json] | None:
    if not stay.record.notes:
        return None
    stamp = tenant.stamp(stay.record.created_at)
    comment = {
        "text": {"value": stay.record.notes},
        "notificationLocation": "GEN",
        "type": "RESERVATION",
        "internal": False,
        "createDateTime": stamp,
    }
    return [{"comment": comment, "id": f"1{stay.id}", "type": "Comment"}]


def _cancellation(tenant: Tenant, stay: Stay) -> Json | None:
    at = stay.record.cancelled_at
    if stay.state is not State.CANCELLED or at is None:
        return None
    number = {"id": tenant.names.cancellation(stay.number, stay.unit), "type": "Cancellation"}
    return {
        "code": "PLANS",
        "description": "Change of plans",
        "cancellationNo": number,
        "date": text_day(tenant.local_day(at)),
    }
