"""A single reservation in the shape of a row of the list, because the two nest differently: pure."""

from webapp.integrations.kit.plain_values import first, is_true

from .payloads import (
    Amount,
    Cancellation,
    Companion,
    ListedGuest,
    ListedReservation,
    Profile,
    ProfileInfo,
    RoomRate,
    SingleReservation,
    StayInfo,
)
from .profile_mapping import email_of, name_of, phone_of
from .reading import id_of


def as_listed(row: SingleReservation) -> ListedReservation:
    """A single answer nests otherwise than a list; both must come to the same booking, or every re-read would look
    like a change."""
    stay, rates = row.room_stay, row.room_stay.room_rates or ()
    rate = rates[0] if rates else RoomRate()
    room, counts, total = stay.current_room_info, stay.guest_counts, stay.total
    balances = row.cashiering.revenues_and_balances if row.cashiering else None
    return ListedReservation(
        reservation_id_list=row.reservation_id_list,
        hotel_id=row.hotel_id,
        reservation_status=row.reservation_status,
        computed_reservation_status=row.computed_reservation_status,
        create_date_time=row.create_date_time,
        last_modify_date_time=row.last_modify_date_time,
        cancellation_info=row.cancellation or Cancellation(),
        reservation_guest=_single_guest(row),
        room_stay=StayInfo(
            arrival_date=stay.arrival_date,
            departure_date=stay.departure_date,
            adult_count=counts.adults if counts else None,
            child_count=counts.children if counts else None,
            room_type=first(room.room_type if room else None, rate.room_type),
            number_of_rooms=rate.number_of_units,
            room_id=first(room.room_id if room else None, rate.room_id),
            rate_plan_code=rate.rate_plan_code,
            total_amount=Amount(
                # Which of the two a list's totalAmount is, is not said. What a guest pays is with tax.
                amount=total.amount_before_tax if total.amount_after_tax is None else total.amount_after_tax,
                currency_code=total.currency_code,
            )
            if total
            else None,
            balance=balances.balance if balances else None,
            rate_suppressed=rate.suppress_rate,
            pseudo_room=any(is_true(one.pseudo_room) for one in rates),
            reservation_block=rate.reservation_block,
            source_code=rate.source_code or (row.source_of_sale.source_code if row.source_of_sale else None),
            source_code_description=rate.source_code_description,
        ),
    )


def _single_guest(row: SingleReservation) -> ListedGuest | None:
    people = sorted(row.reservation_guests or (), key=lambda person: not is_true(person.primary))
    infos = [person.profile_info for person in people if person.profile_info]
    if not infos:
        return None
    profile = infos[0].profile or infos[0].profile_details or Profile()
    name = name_of(profile)
    return ListedGuest(
        id=id_of(infos[0].profile_id_list, "Profile"),
        given_name=name.given_name,
        surname=name.surname,
        email=email_of(profile),
        phone_number=phone_of(profile),
        accompany_guests=tuple(_companion(info) for info in infos[1:]),
    )


def _companion(info: ProfileInfo) -> Companion:
    name = name_of(info.profile or info.profile_details or Profile())
    return Companion(first_name=name.given_name, last_name=name.surname, profile_id_list=info.profile_id_list)
