"""The hotel's own settings: its night audit, how much is compared, and when silence is strange."""

from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from webapp.services.hotels import LATEST_AUDIT_HOUR, Habits
from webapp.services.night_audit import LONGEST_MINUTES

from .entry import EntryForm, choice
from .wording import lazy

MOST_BOOKINGS = 50


class HotelForm(EntryForm):
    audit_hour = SelectField(
        lazy("Night audit"),
        choices=[choice(str(hour), f"{hour:02}:00") for hour in range(LATEST_AUDIT_HOUR + 1)],
        coerce=int,
    )
    audit_minutes = IntegerField(
        lazy("Minutes before and after it"),
        [
            InputRequired(lazy("Enter a number of minutes.")),
            NumberRange(0, LONGEST_MINUTES, lazy("Enter 0 to 180 minutes.")),
        ],
    )
    truth_bookings = IntegerField(
        lazy("Bookings compared each hour"),
        [
            InputRequired(lazy("Enter a number of bookings.")),
            NumberRange(1, MOST_BOOKINGS, lazy("Enter 1 to 50 bookings.")),
        ],
    )
    quiet_hour = SelectField(
        lazy("First check-ins are in by"),
        choices=[choice(str(hour), f"{hour:02}:00") for hour in range(10, 24)],
        coerce=int,
    )

    def habits(self) -> Habits:
        """Only a form that validated has them."""
        return Habits(
            audit_hour=self.audit_hour.data,
            audit_minutes=int(self.audit_minutes.data or 0),
            truth_bookings=int(self.truth_bookings.data or 1),
            quiet_hour=self.quiet_hour.data,
        )
