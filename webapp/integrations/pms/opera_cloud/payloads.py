"""The parts of OHIP's answers that the hub reads. Fields that nobody reads are not named, so new ones do no harm."""

from typing import Any

import msgspec

from webapp.integrations.kit.plain_values import Text


class Part(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Fields are called at Oracle as here, in camel case."""


class UniqueId(Part, frozen=True, rename="camel"):
    id: Text = None
    type: str | None = None


class Amount(Part, frozen=True, rename="camel"):
    amount: Text = None
    currency_code: str | None = None


class Block(Part, frozen=True, rename="camel"):
    block_id_list: tuple[UniqueId, ...] | None = None


class StayInfo(Part, frozen=True, rename="camel"):
    """`roomStay` of a list."""

    arrival_date: Text = None
    departure_date: Text = None
    adult_count: Text = None
    child_count: Text = None
    room_type: Text = None
    number_of_rooms: Text = None
    room_id: Text = None
    room_number: Text = None  # in some examples; the schema says roomId
    rate_plan_code: Text = None
    rate_amount: Amount | None = None
    total_amount: Amount | None = None
    balance: Amount | None = None
    rate_suppressed: Any = None
    pseudo_room: Any = None
    reservation_block: Block | None = None
    link_code: Text = None
    source_code: Text = None
    source_code_description: Text = None


class Companion(Part, frozen=True, rename="camel"):
    first_name: Text = None
    last_name: Text = None
    full_name: Text = None
    profile_id_list: tuple[UniqueId, ...] | None = None


class ListedGuest(Part, frozen=True, rename="camel"):
    id: Text = None
    given_name: Text = None
    surname: Text = None
    full_name: Text = None
    email: Text = None
    phone_number: Text = None
    accompany_guests: tuple[Companion, ...] | None = None


class Cancellation(Part, frozen=True, rename="camel"):
    date: Text = None


class ListedReservation(Part, frozen=True, rename="camel"):
    """One of `reservations.reservationInfo`, and what a single answer is turned into."""

    reservation_id_list: tuple[UniqueId, ...] | None = None
    room_stay: StayInfo = StayInfo()
    reservation_guest: ListedGuest | None = None
    cancellation_info: Cancellation | None = None
    hotel_id: Text = None
    reservation_status: str | None = None
    computed_reservation_status: str | None = None
    create_date_time: Text = None
    last_modify_date_time: Text = None


class ReservationList(Part, frozen=True, rename="camel"):
    reservation_info: tuple[msgspec.Raw, ...] = ()
    has_more: Any = None
    total_results: Text = None
    count: Text = None


class Reservations(Part, frozen=True, rename="camel"):
    reservations: ReservationList = ReservationList()


# --- a single reservation, which nests otherwise -------------------------------------------------------------------


class RoomInfo(Part, frozen=True, rename="camel"):
    room_type: Text = None
    room_id: Text = None


class GuestCounts(Part, frozen=True, rename="camel"):
    adults: Text = None
    children: Text = None


class Total(Part, frozen=True, rename="camel"):
    amount_before_tax: Text = None
    amount_after_tax: Text = None
    currency_code: str | None = None


class RoomRate(Part, frozen=True, rename="camel"):
    room_type: Text = None
    rate_plan_code: Text = None
    number_of_units: Text = None
    room_id: Text = None
    pseudo_room: Any = None
    suppress_rate: Any = None
    source_code: Text = None
    source_code_description: Text = None
    reservation_block: Block | None = None


class SingleStay(Part, frozen=True, rename="camel"):
    current_room_info: RoomInfo | None = None
    room_rates: tuple[RoomRate, ...] | None = None
    guest_counts: GuestCounts | None = None
    arrival_date: Text = None
    departure_date: Text = None
    total: Total | None = None


class PersonName(Part, frozen=True, rename="camel"):
    given_name: Text = None
    surname: Text = None
    name_type: str | None = None


class Anonymization(Part, frozen=True, rename="camel"):
    anonymization_status: str | None = None
    anonymization_date: Text = None


class Customer(Part, frozen=True, rename="camel"):
    person_name: tuple[PersonName, ...] | None = None
    language: Text = None
    vip_status: Text = None
    anonymization: Anonymization | None = None


class Country(Part, frozen=True, rename="camel"):
    code: Text = None


class Address(Part, frozen=True, rename="camel"):
    country: Country | None = None
    primary_ind: Any = None


class AddressInfo(Part, frozen=True, rename="camel"):
    address: Address = Address()


class Addresses(Part, frozen=True, rename="camel"):
    address_info: tuple[AddressInfo, ...] | None = None


class Telephone(Part, frozen=True, rename="camel"):
    phone_number: Text = None
    primary_ind: Any = None


class TelephoneInfo(Part, frozen=True, rename="camel"):
    telephone: Telephone = Telephone()


class Telephones(Part, frozen=True, rename="camel"):
    telephone_info: tuple[TelephoneInfo, ...] | None = None


class Email(Part, frozen=True, rename="camel"):
    email_address: Text = None
    primary_ind: Any = None


class EmailInfo(Part, frozen=True, rename="camel"):
    email: Email = Email()


class Emails(Part, frozen=True, rename="camel"):
    email_info: tuple[EmailInfo, ...] | None = None


class Profile(Part, frozen=True, rename="camel"):
    customer: Customer | None = None
    addresses: Addresses | None = None
    telephones: Telephones | None = None
    emails: Emails | None = None
    last_modify_date_time: Text = None


class ProfileInfo(Part, frozen=True, rename="camel"):
    """The documents nest a profile under `profile` in one place and under `profileDetails` in another."""

    profile_id_list: tuple[UniqueId, ...] | None = None
    profile: Profile | None = None
    profile_details: Profile | None = None


class ProfileInfos(Part, frozen=True, rename="camel"):
    profile_info: tuple[msgspec.Raw, ...] = ()


class ProfilesAnswer(Part, frozen=True, rename="camel"):
    profiles: ProfileInfos | None = None
    profile_details: ProfileInfos | None = None


class SingleGuest(Part, frozen=True, rename="camel"):
    primary: Any = None
    profile_info: ProfileInfo | None = None


class Balances(Part, frozen=True, rename="camel"):
    balance: Amount | None = None


class Cashiering(Part, frozen=True, rename="camel"):
    revenues_and_balances: Balances | None = None


class SourceOfSale(Part, frozen=True, rename="camel"):
    source_code: Text = None


class SingleReservation(Part, frozen=True, rename="camel"):
    reservation_id_list: tuple[UniqueId, ...] | None = None
    room_stay: SingleStay = SingleStay()
    reservation_guests: tuple[SingleGuest, ...] | None = None
    cashiering: Cashiering | None = None
    cancellation: Cancellation | None = None
    source_of_sale: SourceOfSale | None = None
    hotel_id: Text = None
    reservation_status: str | None = None
    computed_reservation_status: str | None = None
    create_date_time: Text = None
    last_modify_date_time: Text = None


class SingleList(Part, frozen=True, rename="camel"):
    reservation: tuple[SingleReservation, ...] = ()


class SingleAnswer(Part, frozen=True, rename="camel"):
    reservations: SingleList = SingleList()
