"""The words of the pretend RMS Cloud for what the hotel has: statuses, zones, currencies, countries, hours, money."""

from collections.abc import Mapping
from datetime import time

from simulator.hotel import State
from simulator.money import major_number

ARRIVES_AT, DEPARTS_AT = time(15), time(10)
STATUSES: Mapping[State, str] = {
    State.INQUIRY: "Quote",
    State.OPTION: "Unconfirmed",
    State.WAITLIST: "Pencil",
    State.CONFIRMED: "Confirmed",
    State.IN_HOUSE: "Arrived",
    State.CHECKED_OUT: "Departed",
    State.CANCELLED: "Cancelled",
    State.NO_SHOW: "NoShow",
}
# This vendor's zones have the names that Windows gives them.
ZONES: Mapping[str, str] = {
    "Africa/Johannesburg": "South Africa Standard Time",
    "America/Chicago": "Central Standard Time",
    "America/Denver": "Mountain Standard Time",
    "America/Los_Angeles": "Pacific Standard Time",
    "America/New_York": "Eastern Standard Time",
    "America/Sao_Paulo": "E. South America Standard Time",
    "Asia/Dubai": "Arabian Standard Time",
    "Asia/Kolkata": "India Standard Time",
    "Asia/Kuwait": "Arab Standard Time",
    "Asia/Shanghai": "China Standard Time",
    "Asia/Singapore": "Singapore Standard Time",
    "Asia/Tokyo": "Tokyo Standard Time",
    "Australia/Adelaide": "Cen. Australia Standard Time",
    "Australia/Brisbane": "E. Australia Standard Time",
    "Australia/Perth": "W. Australia Standard Time",
    "Australia/Sydney": "AUS Eastern Standard Time",
    "Europe/Athens": "GTB Standard Time",
    "Europe/Berlin": "W. Europe Standard Time",
    "Europe/Helsinki": "FLE Standard Time",
    "Europe/London": "GMT Standard Time",
    "Europe/Madrid": "Romance Standard Time",
    "Europe/Paris": "Romance Standard Time",
    "Europe/Stockholm": "W. Europe Standard Time",
    "Europe/Vienna": "W. Europe Standard Time",
    "Europe/Warsaw": "Central European Standard Time",
    "Europe/Zurich": "W. Europe Standard Time",
    "Pacific/Auckland": "New Zealand Standard Time",
}
CURRENCIES: Mapping[str, tuple[str, str]] = {
    "AUD": ("$", "Australian Dollar"),
    "CHF": ("CHF", "Swiss Franc"),
    "EUR": ("€", "Euro"),
    "GBP": ("£", "Pound Sterling"),
    "JPY": ("¥", "Japanese Yen"),
    "KWD": ("KD", "Kuwaiti Dinar"),
    "NOK": ("kr", "Norwegian Krone"),
    "NZD": ("$", "New Zealand Dollar"),
    "PLN": ("zł", "Polish Zloty"),
    "SEK": ("kr", "Swedish Krona"),
    "USD": ("$", "US Dollar"),
}
_COUNTRIES = """
AT AUT Austria; BR BRA Brazil; CN CHN China; CZ CZE Czechia; DE DEU Germany; DK DNK Denmark; EG EGY Egypt
ES ESP Spain; FI FIN Finland; FR FRA France; GB GBR United Kingdom; GR GRC Greece; HR HRV Croatia
HU HUN Hungary; ID IDN Indonesia; IE IRL Ireland; IL ISR Israel; IN IND India; IS ISL Iceland
IT ITA Italy; JP JPN Japan; KR KOR South Korea; LB LBN Lebanon; MA MAR Morocco; NG NGA Nigeria
NL NLD Netherlands; NO NOR Norway; PL POL Poland; PT PRT Portugal; RO ROU Romania; RS SRB Serbia
SE SWE Sweden; SG SGP Singapore; TR TUR Turkey; UA UKR Ukraine; US USA United States; VN VNM Vietnam
"""
# By the code of two letters: id, the vendor's code of three, and name. Ids leave gaps, as somebody else's do.
COUNTRIES: Mapping[str, tuple[int, str, str]] = {
    entry[:2]: (11 + 5 * place, entry[3:6], entry[7:])
    for place, entry in enumerate(
        part.strip() for line in _COUNTRIES.strip().splitlines() for part in line.split(";")
    )
}


def number(minor: int, currency: str) -> int | float:
    """A JSON number in major units, without needless decimals."""
    major = major_number(minor, currency)
    return int(major) if major.is_integer() else major
