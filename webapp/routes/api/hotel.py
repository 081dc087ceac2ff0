"""The key that asks, and the hotel's settings, over the API."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from webapp.models import Scope
from webapp.routes.context import the_hotel
from webapp.services import api_keys, hotel_settings
from webapp.services.hotel_settings import LONGEST_NAME, HotelSettings, SettingInvalid
from webapp.services.hotels import LATEST_AUDIT_HOUR

from .operation import Call, operation
from .problems import ApiProblem, invalid
from .shapes import VISIBLE, WHOLE, Answer, Body, NoQuery


class HotelName(Answer):
    name: str
    timezone: str = Field(description="IANA")
    currency: str
    business_date: date


class Me(Answer):
    """The key that this call was made with."""

    key_id: str
    name: str
    shown: str = Field(description="Its prefix and last four characters.")
    scope: Scope
    allowed_networks: list[str]
    expires_at: datetime
    calls_a_minute: int
    hotel: HotelName


class Settings(Answer):
    """Of the hotel. Time zone and currency are set once, with the hub."""

    name: str
    timezone: str
    currency: str
    audit_hour: int = Field(description="Local hour at which the business date moves on.")
    quiet_hour: int = Field(description="Local hour by which somebody should have checked in.")


class ChangedSettings(Body):
    """What is left out stays."""

    name: str | None = Field(default=None, min_length=1, max_length=LONGEST_NAME, pattern=VISIBLE)
    audit_hour: Annotated[int, Field(ge=0, le=LATEST_AUDIT_HOUR), WHOLE] | None = None
    quiet_hour: Annotated[int, Field(ge=0, le=23), WHOLE] | None = None


@operation("GET", "/me", group="This key", answer=Me)
def read_me(call: Call[NoQuery, None]) -> Me:
    """Read what this key is and may do.

    A first call for every new program.
    """
    hotel = the_hotel()
    with call.runtime.reading() as session:
        key = api_keys.find(session, call.caller.public_id)
    if key is None:
        raise ApiProblem("not_found")
    return Me(
        key_id=key.public_id,
        name=key.name,
        shown=key.shown,
        scope=key.scope,
        allowed_networks=list(key.networks),
        expires_at=key.expires_at,
        calls_a_minute=call.allowance.quota,
        hotel=HotelName(
            name=hotel.name,
            timezone=hotel.timezone,
            currency=hotel.currency,
            business_date=hotel.business_date,
        ),
    )


@operation("GET", "/settings", group="Settings", answer=Settings, scope=Scope.ADMIN, has_etag=True)
def read_settings(_call: Call[NoQuery, None]) -> Settings:
    """Read the hotel's settings."""
    return _settings(hotel_settings.settings_of(the_hotel()))


@operation(
    "PATCH",
    "/settings",
    group="Settings",
    answer=Settings,
    body=ChangedSettings,
    scope=Scope.ADMIN,
    has_etag=True,
    takes_if_match=True,
)
def change_settings(call: Call[NoQuery, ChangedSettings]) -> Settings:
    """Change the hotel's settings.

    What is left out stays. With If-Match only if nobody changed them in the meantime.
    """
    body = call.body
    try:
        changed = hotel_settings.change(
            call.runtime,
            actor=call.caller.actor,
            name=body.name,
            audit_hour=body.audit_hour,
            quiet_hour=body.quiet_hour,
            look=lambda now: call.check_unchanged(_settings(now)),
        )
    except SettingInvalid as error:
        raise invalid(f"/{error.field}", str(error)) from None
    return _settings(changed)


def _settings(found: HotelSettings) -> Settings:
    return Settings(
        name=found.name,
        timezone=found.timezone,
        currency=found.currency,
        audit_hour=found.audit_hour,
        quiet_hour=found.quiet_hour,
    )
