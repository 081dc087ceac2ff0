"""How long logs are kept, as an admin enters it."""

from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from webapp.services.log_keeping import LEAST_DAYS, LEAST_MEGABYTES, MOST_DAYS, MOST_MEGABYTES

from .entry import EntryForm
from .wording import lazy


class LogKeepingForm(EntryForm):
    days = IntegerField(
        lazy("Days"),
        [
            InputRequired(lazy("Enter a number of days.")),
            NumberRange(LEAST_DAYS, MOST_DAYS, lazy("From 1 to 365 days.")),
        ],
    )
    megabytes = IntegerField(
        lazy("Megabytes at most"),
        [
            InputRequired(lazy("Enter a number of megabytes.")),
            NumberRange(LEAST_MEGABYTES, MOST_MEGABYTES, lazy("From 50 to 100,000 megabytes.")),
        ],
    )
