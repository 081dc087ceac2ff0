"""Several texts of one record at once: half of what a booking says is text, and one call is cheaper than twenty."""

from collections.abc import Callable, Sequence
from typing import Any

from . import values
from .paths import Paths
from .recipe import Fields
from .values import as_text, is_plain, rule_of

Texts = Callable[[Any], list[str]]


def texts(fields: Fields, names: Sequence[str], paths: Paths) -> Texts:
    """Trimmed texts in the order of `names`; empty for what the recipe or the record lacks."""
    each = [values.text(rule_of(fields[name]), paths) if name in fields else _nothing for name in names]

    def one_by_one(record: Any) -> list[str]:
        return [read(record) for read in each]

    rules = [rule_of(fields[name]) if name in fields else None for name in names]
    plain = [rule.path for rule in rules if rule and rule.path is not None and is_plain(rule)]
    others = [(place, each[place]) for place, rule in enumerate(rules) if not (rule and is_plain(rule))]
    take = paths.many(plain)
    if take is None:
        return one_by_one

    def together(record: Any) -> list[str]:
        try:
            found = take(record)
        except AttributeError:
            return one_by_one(record)
        told = [
            value.strip() if type(value) is str else "" if value is None else as_text(value)
            for value in found
        ]
        for place, read in others:
            told.insert(place, read(record))
        return told

    return together


def _nothing(_record: Any) -> str:
    return ""
