"""From OPERA's profiles to guests of the hub: pure."""

from webapp.domain.guest import Guest
from webapp.integrations.kit.plain_values import first, is_true, text
from webapp.integrations.kit.unreadable import MISSING, Unreadable

from .hotel import Hotel
from .payloads import PersonName, Profile, ProfileInfo
from .reading import id_of, moment


def guest_of(info: ProfileInfo, hotel: Hotel) -> Guest:
    """Raises Unreadable. Who was anonymised comes empty, so that our copy is erased too."""
    identity = id_of(info.profile_id_list, "Profile")
    if not identity:
        raise Unreadable(MISSING, field="profileIdList")
    profile = info.profile or info.profile_details or Profile()
    changed_at = moment(profile.last_modify_date_time, "lastModifyDateTime", hotel.zone)
    customer = profile.customer
    if customer and customer.anonymization and customer.anonymization.anonymization_date:
        return Guest(identity, updated_at=changed_at)
    name = name_of(profile)
    return Guest(
        external_id=identity,
        first_name=text(name.given_name),
        last_name=text(name.surname),
        email=email_of(profile),
        phone=phone_of(profile),
        country=_country(profile),
        language=_language(text(customer.language) if customer else ""),
        is_vip=bool(customer and text(customer.vip_status)),
        updated_at=changed_at,
    )


def name_of(profile: Profile) -> PersonName:
    names = (profile.customer.person_name if profile.customer else None) or ()
    primary = [name for name in names if (name.name_type or "Primary") == "Primary"]
    return (primary or [*names, PersonName()])[0]


def email_of(profile: Profile) -> str:
    found = [info.email for info in (profile.emails.email_info if profile.emails else None) or ()]
    found.sort(key=lambda email: not is_true(email.primary_ind))
    return first(*(email.email_address for email in found))


def phone_of(profile: Profile) -> str:
    found = [
        info.telephone for info in (profile.telephones.telephone_info if profile.telephones else None) or ()
    ]
    found.sort(key=lambda phone: not is_true(phone.primary_ind))
    return first(*(phone.phone_number for phone in found))


def _country(profile: Profile) -> str:
    found = [info.address for info in (profile.addresses.address_info if profile.addresses else None) or ()]
    found.sort(key=lambda address: not is_true(address.primary_ind))
    code = first(*(address.country.code for address in found if address.country)).upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


def _language(code: str) -> str:
    """OPERA's own letters (`E`, `P`) are each hotel's invention; only what looks like a language code is one."""
    return code.lower() if len(code) == 2 and code.isascii() and code.isalpha() else ""
