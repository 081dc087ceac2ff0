"""What a click on the sample answer writes into a recipe: a value becomes a field, a list becomes the bookings."""

from typing import Any

import msgspec

from webapp.integrations.kit.select import is_path

from .recipe_shapes import Fit
from .recipe_words import FIELDS, REQUIRED, TRANSFORMS

DATE_FORMATS = ("YYYYMMDD", "DD.MM.YYYY", "DD/MM/YYYY", "DD-MM-YYYY", "MM/DD/YYYY")
"""What a rule may say of its dates; the ISO form needs no word."""
OF_A_STAY = frozenset(
    {"arrival", "departure", "status", "room_type", "room_type_id", "room", "adults", "children"}
    | {"rate_plan", "rate_plan_id", "unit", "nights", "nights_net", "checked_in_at", "checked_out_at"}
)
"""Fields that go to the stay, where the stays are a list inside the booking."""
_UNKNOWN = "not-mapped-yet"


def fit_of(text: str) -> Fit | None:
    """`field|transform|format` as a form posts it; None for what the editor does not offer."""
    name, _bar, how = text.partition("|")
    transform, _bar, form = how.partition("|")
    if name not in FIELDS or transform not in TRANSFORMS or form not in ("", *DATE_FORMATS):
        return None
    return Fit(name, transform, form)


def text_of(fit: Fit) -> str:
    """The opposite of `fit_of`."""
    return "|".join((fit.field, fit.transform, fit.format)).rstrip("|")


def with_value(document: str, path: str, fit: Fit) -> str:
    """The value at `path` becomes the field's source; what the field had before is replaced."""
    recipe = _decoded(document)
    if recipe is None or not path or not is_path(path):
        return document
    bookings = _open(_open(recipe, "streams"), "bookings")
    stays = bookings.get("stays")
    inside = f"{stays['select']}[0]." if isinstance(stays, dict) and stays.get("select") else ""
    if inside and path.startswith(inside) and fit.field in OF_A_STAY:
        fields, path = _open(stays, "fields"), path.removeprefix(inside)  # type: ignore[arg-type]
    else:
        fields = _open(bookings, "fields")
    rule: dict[str, str] = {"path": path}
    rule |= {"transform": fit.transform} if fit.transform else {}
    rule |= {"format": fit.format} if fit.format else {}
    fields[fit.field] = path if len(rule) == 1 else rule
    return _pretty(recipe)


def with_list(document: str, path: str) -> str:
    """The list at `path` holds the bookings ("": the answer itself)."""
    recipe = _decoded(document)
    if recipe is None or (path and not is_path(path)):
        return document
    bookings = _open(_open(recipe, "streams"), "bookings")
    bookings.pop("select", None)
    if path:
        bookings["select"] = path
    return _pretty(recipe)


def askable(document: str) -> str:
    """The same with the required fields filled in somehow and the whole answer for the list: the API can be asked with
    it before anything is mapped, and the answer is then read with the recipe as it is."""
    recipe = _decoded(document)
    if recipe is None:
        return document
    bookings = _open(_open(recipe, "streams"), "bookings")
    bookings.pop("select", None)
    fields = _open(bookings, "fields")
    stays = bookings.get("stays")
    in_stays = stays.get("fields") if isinstance(stays, dict) else None
    for name in REQUIRED:
        is_in_stays = name != "status" and isinstance(in_stays, dict) and in_stays.get(name)
        if not fields.get(name) and not is_in_stays:
            fields[name] = _UNKNOWN
    return _pretty(recipe)


def _open(whole: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(whole.get(name), dict):
        whole[name] = {}
    part: dict[str, Any] = whole[name]
    return part


def _decoded(document: str) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _pretty(recipe: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(recipe), indent=2).decode()
