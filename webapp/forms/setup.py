"""The set-up form: the hotel and its first owner."""

from functools import lru_cache
from zoneinfo import available_timezones

from babel.core import get_global
from babel.numbers import get_territory_currencies
from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.validators import AnyOf, InputRequired, Length

from webapp.services.hotels import LATEST_AUDIT_HOUR, NewHotel, NewOwner

from .entry import EntryForm, choice
from .wording import lazy


def _tidy(value: str | None) -> str | None:
    return value.strip() if value else value


def _tidy_code(value: str | None) -> str | None:
    return value.strip().upper() if value else value


class SetupForm(EntryForm):
    """`hotel()` and `owner()` are what the service takes; only a form that validated has them."""

    claim_code = StringField(
        lazy("Claim code"), [InputRequired(lazy("Enter the claim code.")), Length(max=60)], filters=[_tidy]
    )
    hotel_name = StringField(
        lazy("Name of the hotel"),
        [InputRequired(lazy("Enter the hotel's name.")), Length(max=120)],
        filters=[_tidy],
    )
    timezone = StringField(
        lazy("Time zone"),
        [
            InputRequired(lazy("Choose the hotel's time zone.")),
            AnyOf(available_timezones(), lazy("Choose a time zone from the list, like Europe/Zurich.")),
        ],
        filters=[_tidy],
    )
    currency = StringField(
        lazy("Currency"), [InputRequired(lazy("Choose a currency."))], filters=[_tidy_code], default="EUR"
    )
    audit_hour = SelectField(
        lazy("Night audit"),
        choices=[choice(str(hour), f"{hour:02}:00") for hour in range(LATEST_AUDIT_HOUR + 1)],
        coerce=int,
        default=3,
    )
    name = StringField(
        lazy("Your name"), [InputRequired(lazy("Enter your name.")), Length(max=120)], filters=[_tidy]
    )
    email = EmailField(
        lazy("E-mail"), [InputRequired(lazy("Enter your e-mail address.")), Length(max=254)], filters=[_tidy]
    )
    password = PasswordField(lazy("Password"), [InputRequired(lazy("Choose a password."))])

    def validate_currency(self, field: StringField) -> None:
        AnyOf(currencies(), lazy("Choose a currency from the list, like EUR."))(self, field)

    def hotel(self) -> NewHotel:
        return NewHotel(
            name=str(self.hotel_name.data),
            timezone=str(self.timezone.data),
            currency=str(self.currency.data),
            audit_hour=self.audit_hour.data,
        )

    def owner(self) -> NewOwner:
        return NewOwner(
            name=str(self.name.data), email=str(self.email.data), password=str(self.password.data)
        )


@lru_cache(maxsize=1)
def timezones() -> tuple[str, ...]:
    """The names to offer: places. Others that IANA knows are taken as well."""
    places = (
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))
    )
    return (*sorted(places), "UTC")


@lru_cache(maxsize=1)
def currencies() -> tuple[str, ...]:
    """ISO 4217 codes that are legal tender somewhere today; Babel's whole list goes back to the florin."""
    territories = get_global("territory_currencies")
    return tuple(sorted({code for territory in territories for code in get_territory_currencies(territory)}))
