"""What adapters say of a record that cannot be read; it is skipped and counted with this reason, the others go on."""

from webapp.domain.wording import N_, Sentence, params_of

from .errors import ContractBroken

MISSING = N_("%(field)s is missing")
UNEXPECTED = N_("%(field)s is missing or unexpected")
AT_PLACE = N_("%(place)s: %(reason)s")
NO_DATE = N_("%(field)s is not a date")
NO_TIME = N_("%(field)s is not a time")
NO_MOMENT = N_("%(field)s is not a date or time")
NO_AMOUNT = N_("%(field)s is not an amount")
NO_MINOR_UNITS = N_("%(field)s is not a number of minor units")
NO_OBJECT = N_("the record is not an object")
ENDS_BEFORE_IT_BEGINS = N_("departure is before arrival")


class Unreadable(ValueError):
    """A value that does not fit its field. `text` is a message id; it and `params` name the field, never the value."""

    def __init__(self, text: str, **params: object) -> None:
        self.sentence = Sentence(text, params_of(params))
        super().__init__(str(self.sentence))


def reason_of(error: ContractBroken | Unreadable) -> Sentence:
    """Why a record is skipped that does not have its shape or holds a value that does not fit."""
    if isinstance(error, Unreadable):
        return error.sentence
    return Sentence(UNEXPECTED, {"field": error.params["where"]})


def at_place(place: str, reason: Sentence) -> Sentence:
    """`getReservations: rooms is missing`, for ContractBroken."""
    return Sentence(AT_PLACE, {"place": place, "reason": reason})
