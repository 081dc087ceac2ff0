"""Habits of Guesty that its documents and field reports disagree about, or that differ by account: all switchable."""

from typing import Literal

import msgspec


class Switches(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What this account's vendor does.

    `dead_token_status`: what a call with an expired token gets; `wrong_client_status`: the same at the token address.
    `denied`: first parts of paths the account may not use (guests answer 401 then, others 403).
    `is_updated_filter_known`: whether the new search knows `lastUpdatedAt`; `missing_sources`: bookings of these
    sources stay out of the new search without a word. `id_key`: how bookings by id write their id.
    `is_stay_in_old_status`: old reservations say `checked_in` and `checked_out` in their status;
    `are_unconfirmed_hidden`: the old list shows confirmed ones only unless a status is asked for.
    `calendar`: the envelope of calendars; `are_listings_bare`: listings come as a bare array;
    `are_units_listed`: the rooms of a multi-unit listing are listed beside it. `rate_plans`: whether the account has
    the pilot feature. `secret_misses`: so many times the secret of a new webhook is not yet there. `payload`: the shape
    of webhook bodies; `signature_names`: the prefix of their signature headers; `is_guest_stay_silent`: check-ins,
    check-outs and no-shows send no webhook.
    """

    dead_token_status: Literal[403, 401] = 403
    wrong_client_status: Literal[400, 401, 403] = 401
    denied: frozenset[str] = frozenset()
    is_updated_filter_known: bool = True
    missing_sources: frozenset[str] = frozenset()
    id_key: Literal["_id", "id", "reservationId"] = "_id"
    is_stay_in_old_status: bool = False
    are_unconfirmed_hidden: bool = False
    calendar: Literal["data.days", "days", "data", "bare"] = "data.days"
    are_listings_bare: bool = False
    are_units_listed: bool = False
    rate_plans: Literal["on", "forbidden", "not_found", "empty"] = "on"
    secret_misses: int = 0
    payload: Literal["lean", "nested", "reservation", "old"] = "lean"
    signature_names: Literal["svix", "webhook"] = "svix"
    is_guest_stay_silent: bool = False
