"""Currencies and countries by what RMS calls them: it promises names, and no codes."""

from functools import cache

_CODE = 3


def currency_of(*names: str) -> str:
    """The ISO 4217 code that one of the names is or means; empty when none does. A bare sign is no name: many
    countries write a dollar sign."""
    for name in names:
        code = name.strip().upper()
        if len(code) == _CODE and code in _codes():
            return code
    return next((found for name in names if (found := _by_name().get(name.strip().casefold()))), "")


def country_of(code: str, name: str) -> str:
    """ISO 3166-1 alpha-2, out of a code of two or three letters or the English name; empty when unknown."""
    given = code.strip().upper()
    if len(given) == 2 and given.isascii() and given.isalpha():
        return given
    from babel.core import get_global

    found: list[str] = get_global("territory_aliases").get(given, []) if given else []
    return found[0] if len(found) == 1 else _countries().get(name.strip().casefold(), "")


@cache
def _codes() -> frozenset[str]:
    from babel import Locale

    return frozenset(Locale("en").currencies)


@cache
def _by_name() -> dict[str, str]:
    """By the English name."""
    from babel import Locale

    # Former ones have their years in the name: `Austrian Schilling` is still there, `Russian Ruble (1991–1998)` too.
    return {name.casefold(): code for code, name in Locale("en").currencies.items() if "(" not in name}


@cache
def _countries() -> dict[str, str]:
    from babel import Locale

    return {name.casefold(): code for code, name in Locale("en").territories.items() if len(code) == 2}
