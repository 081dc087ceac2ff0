"""Sentences written where no request, and so no language, is at hand yet: kept as message ids, translated when shown."""

import msgspec


def N_(text: str) -> str:
    """The text itself: tools/messages.py collects it, a route translates it with its parameters."""
    return text


class Sentence(msgspec.Struct, frozen=True):
    """`text` is a gettext message id whose %(name)s places are filled from `params`; a parameter may be a sentence
    itself. Stored as it is; printed, it is the English one."""

    text: str
    params: "dict[str, str | Sentence]" = {}

    def __str__(self) -> str:
        return self.text % self.params


Params = dict[str, str | Sentence]
"""What fills the places of a message id."""


def params_of(values: dict[str, object]) -> Params:
    """Values as parameters: sentences stay sentences, so that they are translated too, the rest becomes text."""
    return {name: value if isinstance(value, Sentence) else str(value) for name, value in values.items()}
