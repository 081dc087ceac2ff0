"""What a value of an answer looks like, and which fields of the hub it therefore fits, with the transform it needs."""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from webapp.domain.value import Value
from webapp.domain.wording import N_


class Shape(StrEnum):
    EMPTY = "empty"
    DAY = "day"
    MOMENT = "moment"
    CENTS = "cents"
    AMOUNT = "amount"
    COMMA_AMOUNT = "comma_amount"
    NUMBER = "number"
    YES_NO = "yes_no"
    MAIL = "mail"
    PHONE = "phone"
    CURRENCY = "currency"
    WORD = "word"
    FULL_NAME = "full_name"
    TEXT = "text"


SHAPE_LABELS = {
    Shape.EMPTY: N_("no value in these records"),
    Shape.DAY: N_("a date"),
    Shape.MOMENT: N_("a date with a time"),
    Shape.CENTS: N_("an amount in cents"),
    Shape.AMOUNT: N_("an amount"),
    Shape.COMMA_AMOUNT: N_("an amount with a comma"),
    Shape.NUMBER: N_("a number"),
    Shape.YES_NO: N_("yes or no"),
    Shape.MAIL: N_("an e-mail address"),
    Shape.PHONE: N_("a phone number"),
    Shape.CURRENCY: N_("a currency"),
    Shape.WORD: N_("a word of a list"),
    Shape.FULL_NAME: N_("a whole name"),
    Shape.TEXT: N_("text"),
}


class Fit(Value, frozen=True):
    """A field of the hub with what is done to the value; `format` is a date format, "" for the usual ones."""

    field: str
    transform: str = ""
    format: str = ""


class Look(Value, frozen=True):
    """`formats` are the date formats that all values fit, the likeliest first; empty for a date in ISO form."""

    shape: Shape
    formats: tuple[str, ...] = ()


_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*|/Date\(-?\d+.*\)/")
_OTHER_DAYS = {
    "DD.MM.YYYY": re.compile(r"(0[1-9]|[12]\d|3[01])\.(0[1-9]|1[0-2])\.\d{4}"),
    "DD/MM/YYYY": re.compile(r"(0[1-9]|[12]\d|3[01])/(0[1-9]|1[0-2])/\d{4}"),
    "MM/DD/YYYY": re.compile(r"(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])/\d{4}"),
    "DD-MM-YYYY": re.compile(r"(0[1-9]|[12]\d|3[01])-(0[1-9]|1[0-2])-\d{4}"),
    "YYYYMMDD": re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"),
}
_CENTS_KEY = re.compile(r"(cents?|minor|pence)$", re.IGNORECASE)
_MONEY_KEY = re.compile(r"(total|amount|price|balance|due|rate|sum|cost)", re.IGNORECASE)
_STAMP_KEY = re.compile(r"(at|time|date|changed|created|updated|modified|cancelled)$", re.IGNORECASE)
_PHONE_KEY = re.compile(r"(phone|mobile|tel|cell)", re.IGNORECASE)
_NAME_KEY = re.compile(r"(^|full|guest|customer|contact)_?name$", re.IGNORECASE)
_STATUS_KEY = re.compile(r"(status|state)$", re.IGNORECASE)
_EPOCH = range(946_684_800, 4_102_444_800)  # the years 2000 to 2099 in seconds

_TEXTS: dict[Shape, Callable[[str], object]] = {
    Shape.YES_NO: re.compile(r"true|false|yes|no|y|n", re.IGNORECASE).fullmatch,
    Shape.MAIL: re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+").fullmatch,
    Shape.COMMA_AMOUNT: re.compile(r"-?\d{1,3}([. ']?\d{3})*,\d{2}").fullmatch,
    Shape.AMOUNT: re.compile(r"-?\d+\.\d{1,3}").fullmatch,
    Shape.PHONE: re.compile(r"\+[\d ()/-]{6,}").fullmatch,
    Shape.NUMBER: re.compile(r"-?\d+").fullmatch,
}
_INSTANTS = ("updated_at", "created_at", "cancelled_at", "checked_in_at", "checked_out_at")
_GUEST_TEXTS = ("guest_last_name", "guest_first_name")
_ROOM_TEXTS = ("room_type", "room", "rate_plan", "source", "notes")
_FITS: dict[Shape, tuple[Fit, ...]] = {
    Shape.MOMENT: tuple(Fit(name) for name in (*_INSTANTS, "arrival", "departure")),
    Shape.CENTS: (Fit("total_amount", "from_minor_units"), Fit("balance_amount", "from_minor_units")),
    Shape.AMOUNT: (Fit("total_amount"), Fit("balance_amount")),
    Shape.COMMA_AMOUNT: (Fit("total_amount", "decimal_comma"), Fit("balance_amount", "decimal_comma")),
    Shape.NUMBER: tuple(Fit(name) for name in ("external_id", "confirmation_number", "adults", "children")),
    Shape.YES_NO: (Fit("holds_room", "bool"),),
    Shape.MAIL: (Fit("guest_email"),),
    Shape.PHONE: (Fit("guest_phone"),),
    Shape.CURRENCY: (Fit("currency"),),
    Shape.WORD: (Fit("status"), Fit("source"), Fit("room_type"), Fit("room_type_id"), Fit("rate_plan_id")),
    Shape.FULL_NAME: (Fit("guest_last_name", "split_last"), Fit("guest_first_name", "split_first")),
    Shape.TEXT: tuple(Fit(name) for name in ("external_id", *_GUEST_TEXTS, *_ROOM_TEXTS)),
}


def look(key: str, values: Sequence[Any]) -> Look:
    """What the values of one place have in common; `key` is its name in the answer."""
    found = [value for value in values if value is not None and value != ""]
    if not found:
        return Look(Shape.EMPTY)
    if all(isinstance(value, bool) for value in found):
        return Look(Shape.YES_NO)
    if all(isinstance(value, int | float) for value in found):
        return Look(_of_numbers(key, found))
    texts = [str(value).strip() for value in found]
    if all(_ISO_DAY.fullmatch(text) for text in texts):
        return Look(Shape.DAY)
    formats = tuple(name for name, form in _OTHER_DAYS.items() if all(form.fullmatch(text) for text in texts))
    if formats:
        return Look(Shape.DAY, formats)
    return Look(_of_texts(key, texts))


def fits(found: Look) -> tuple[Fit, ...]:
    """The likeliest first; a date that may be read in two ways is offered in both."""
    if found.shape is Shape.DAY:
        forms = found.formats or ("",)
        return tuple(Fit(name, format=form) for form in forms for name in ("arrival", "departure"))
    return _FITS.get(found.shape, ())


def _of_numbers(key: str, found: Sequence[Any]) -> Shape:
    if all(isinstance(value, int) for value in found):
        if _CENTS_KEY.search(key):
            return Shape.CENTS
        if _STAMP_KEY.search(key) and all(value in _EPOCH or value // 1000 in _EPOCH for value in found):
            return Shape.MOMENT
        return Shape.AMOUNT if _MONEY_KEY.search(key) else Shape.NUMBER
    return Shape.AMOUNT


def _of_texts(key: str, texts: Sequence[str]) -> Shape:
    if all(_MOMENT.fullmatch(text) for text in texts):
        return Shape.MOMENT
    for shape, is_one in _TEXTS.items():
        if all(is_one(text) for text in texts):
            return Shape.CENTS if shape is Shape.NUMBER and _CENTS_KEY.search(key) else shape
    if _PHONE_KEY.search(key):
        return Shape.PHONE
    if _NAME_KEY.search(key) and any(" " in text for text in texts):
        return Shape.FULL_NAME
    if key.lower().endswith("currency") and all(len(text) == 3 for text in texts):
        return Shape.CURRENCY
    is_short = all(re.fullmatch(r"[A-Za-z_-]{1,20}", text) for text in texts)
    if is_short and (_STATUS_KEY.search(key) or all(text.isupper() for text in texts)):
        return Shape.WORD
    return Shape.TEXT
