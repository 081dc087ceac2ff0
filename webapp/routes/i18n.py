"""The language of a request: gettext for templates and routes, from the catalogues in webapp/locale."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request

FOLDER = Path(__file__).parent.parent / "locale"
SOURCE = "en"  # the language the sentences are written in; it needs no catalogue

# The country decides how dates and money are written; a bare "en" would be American.
FORMATS = {"en": "en_GB"}


def init_app(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.i18n")
    install: Any = app.jinja_env
    install.install_gettext_callables(gettext, ngettext, newstyle=True)
    app.extensions["gettext"] = gettext  # forms look it up here: they stand below routes


def gettext(text: str) -> str:
    """The sentence in the language of the request; fill its parameters with %."""
    return _translations(current_language()).gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    return _translations(current_language()).ngettext(one, many, number)


def say(message: str, parameters: dict[str, Any] | None = None, /, **more: Any) -> str:
    """Translate a sentence that a service or an adapter carries, then fill it in."""
    return gettext(message) % {**(parameters or {}), **more}


def current_language() -> str:
    """What the browser prefers of the languages we have."""
    if not has_request_context():
        return SOURCE
    if "language" not in g:
        g.language = request.accept_languages.best_match(languages(), default=SOURCE)
    return str(g.language)


def current_locale() -> Locale:
    language = current_language()
    try:
        return Locale.parse(FORMATS.get(language, language))
    except UnknownLocaleError:
        return Locale.parse(FORMATS[SOURCE])


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The source and every compiled catalogue."""
    return (SOURCE, *sorted(path.parent.parent.name for path in FOLDER.glob("*/LC_MESSAGES/messages.mo")))


@lru_cache
def _translations(language: str) -> NullTranslations:
    return Translations.load(str(FOLDER), [language])
