"""The guests of the pretend Guesty: a list of columns one asks for, and whole records."""

from collections.abc import Callable, Mapping
from hashlib import sha256

import msgspec

from simulator.hotel import Guest
from simulator.pms.guesty_books import Books
from simulator.pms.guesty_calls import Ask, Json, Refused, instant, invalid, not_found
from simulator.pms.guesty_words import full_name

_FIELDS: Mapping[str, str] = {
    "id": "_id",
    "guestEmail": "email",
    "guestPhone": "phone",
}
_OPERATORS: Mapping[str, Callable[[object, object], bool]] = {
    "@eq": lambda value, given: value == given,
    "@in": lambda value, given: isinstance(given, list) and value in given,
    "@nin": lambda value, given: isinstance(given, list) and value not in given,
    "@contains": lambda value, given: str(given).lower() in str(value or "").lower(),
}


class GuestBook:
    """Nothing here says when a guest was changed."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def list(self, ask: Ask) -> object:
        columns = ask.required("columns")[0].split()
        skip, limit = ask.turn()
        try:
            filters = msgspec.json.decode(ask.query.get("filters") or "{}", type=dict[str, object])
        except (msgspec.ValidationError, msgspec.DecodeError):
            raise invalid("filters is not a JSON object") from None
        rows = [self._row(guest) for guest in self._books.world.guests()]
        for name, wish in filters.items():
            rows = [row for row in rows if _passes(row, name, wish)]
        kept = ask.rows(lambda: sorted(rows, key=lambda row: str(row["_id"])))
        part = [
            {"_id": row["_id"]} | {name: _cell(row, name) for name in columns}
            for row in kept[skip : skip + limit]
        ]
        return {"results": part, "total": len(kept)}

    def one(self, ask: Ask) -> object:
        fields = ask.required("fields")[0].split()
        for guest in self._books.world.guests():
            if self._books.guest_id(guest) == ask.rest[0]:
                row = self._row(guest)
                always = ("_id", "firstName", "lastName", "returningGuest")
                return {name: value for name, value in row.items() if name in fields or name in always}
        raise not_found("Guest", ask.rest[0])

    def _row(self, guest: Guest) -> Json:
        number = sha256(f"document/{guest.id}".encode()).hexdigest()[:8].upper()
        return {
            "_id": self._books.guest_id(guest),
            "firstName": guest.first,
            "lastName": guest.last,
            "fullName": full_name(guest),
            "email": guest.email,
            "emails": [guest.email] if guest.email else [],
            "phone": guest.phone,
            "phones": [guest.phone] if guest.phone else [],
            "address": {"countryCode": guest.country} if guest.country else {},
            "preferredLanguage": guest.language,
            "nationality": guest.country,
            "birthday": None,
            "passportNumber": f"P{number}",
            "identityNumber": number[::-1],
            "notes": "",
            "tags": ["VIP"] if guest.vip else [],
            "returningGuest": guest.vip,
            "createdAt": instant(guest.created_at),
        }


def may_not_read() -> Refused:
    """Guests have a permission of their own, and an answer of their own without it."""
    return Refused(401, {"message": "Unauthorized"})


def _cell(row: Json, column: str) -> object:
    name = _FIELDS.get(column, column)
    if name not in row:
        raise invalid(f"unknown column {column[:40]}")
    return row[name]


def _passes(row: Json, name: str, wish: object) -> bool:
    value = _cell(row, name)
    if not isinstance(wish, dict):
        return value == wish
    for operator, given in wish.items():
        if operator not in _OPERATORS:
            raise invalid(f"unknown operator {str(operator)[:20]}")
        if not _OPERATORS[operator](value, given):
            return False
    return True
