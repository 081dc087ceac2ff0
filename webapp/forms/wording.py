"""Labels and complaints of forms, translated when they are shown: a form class is made before there is a request."""

from flask import current_app, has_app_context


class Lazy(str):
    """A sentence that is looked up in the language of the request each time it is printed."""

    __slots__ = ()

    def __str__(self) -> str:
        text = str.__str__(self)
        if not has_app_context():
            return text
        translated: str = current_app.extensions["gettext"](text)
        return translated

    def __mod__(self, parameters: object) -> str:
        return str(self) % parameters


def lazy(text: str) -> Lazy:
    """Marks for extraction, as `_` does in templates."""
    return Lazy(text)
