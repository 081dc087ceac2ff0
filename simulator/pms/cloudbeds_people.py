"""How Cloudbeds words a person: the same facts under other names in every call."""

from simulator.pms.cloudbeds_books import Occupant
from simulator.pms.cloudbeds_calls import Json


def full_name(guest: Occupant) -> str:
    return f"{guest.person.first} {guest.person.last}".strip()


def in_reservation(guest: Occupant) -> Json:
    """Inside a reservation of a list: what is unknown is null."""
    person = guest.person
    return {
        "guestID": guest.id,
        "guestName": full_name(guest),
        "guestFirstName": person.first,
        "guestLastName": person.last,
        "guestGender": "N/A",
        "guestEmail": person.email,
        "guestPhone": person.phone,
        "guestCellPhone": None,
        "guestAddress": None,
        "guestAddress2": None,
        "guestCity": None,
        "guestState": None,
        "guestCountry": person.country,
        "guestZip": None,
        "guestBirthdate": None,
        **_papers(),
        **_company(),
        "isAnonymized": guest.is_anonymized,
        "isMainGuest": guest.is_main,
    }


def in_one_reservation(guest: Occupant) -> Json:
    """Inside the answer for one reservation: what is unknown is an empty text."""
    person = guest.person
    return {
        "guestID": guest.id,
        "guestFirstName": person.first,
        "guestLastName": person.last,
        "guestGender": "N/A",
        "guestEmail": person.email or "",
        "guestPhone": person.phone or "",
        "guestCellPhone": "",
        "guestAddress": "",
        "guestAddress2": "",
        "guestCity": "",
        "guestState": "",
        "guestCountry": person.country or "",
        "guestZip": "",
        "guestBirthdate": "",
        "guestDocumentType": "",
        "guestDocumentNumber": "",
        "guestDocumentIssueDate": "",
        "guestDocumentIssuingCountry": "",
        "guestDocumentExpirationDate": "",
        **_company(),
        "isAnonymized": guest.is_anonymized,
        "isMainGuest": guest.is_main,
        "customFields": [],
    }


def more_of_list(guest: Occupant) -> Json:
    """What `includeGuestInfo` adds to a row of the guest list."""
    person = guest.person
    return {
        "guestFirstName": person.first,
        "guestLastName": person.last,
        "guestGender": "N/A",
        "guestPhone": person.phone,
        "guestCellPhone": None,
        "guestAddress1": None,
        "guestAddress2": None,
        "guestCity": None,
        "guestState": None,
        "guestCountry": person.country,
        "guestZip": None,
        "guestBirthDate": None,
        **_papers(),
        **_company(),
        "guestOptIn": False,
        "guestNotes": [{"ID": f"n{guest.id}", "note": "VIP"}] if person.vip else [],
    }


def in_room(guest: Occupant) -> Json:
    """A row of the lists that have one per guest and room."""
    person = guest.person
    return {
        "guestID": guest.id,
        "guestFirstName": person.first,
        "guestLastName": person.last,
        "guestGender": "N/A",
        "guestEmail": person.email or "",
        "guestPhone": person.phone or "",
        "guestCellPhone": "",
        "guestAddress1": "",
        "guestAddress2": "",
        "guestCity": "",
        "guestState": "",
        "guestCountry": person.country or "",
        "guestZip": "",
        "guestBirthDate": "",
        "guestDocumentType": "",
        "guestDocumentNumber": "",
        "guestDocumentIssueDate": "",
        "guestDocumentIssuingCountry": "",
        "guestDocumentExpirationDate": "",
        "customFields": [],
        **_company(),
        "isAnonymized": guest.is_anonymized,
        "guestOptIn": False,
        "isMerged": bool(guest.merged_into),
        "newGuestID": guest.merged_into,
    }


def alone(guest: Occupant, notes: str) -> Json:
    """The answer for one guest, where no name begins with `guest`."""
    person = guest.person
    return {
        "firstName": person.first,
        "lastName": person.last,
        "gender": "N/A",
        "email": person.email or "",
        "phone": person.phone or "",
        "cellPhone": "",
        "country": person.country or "",
        "address": "",
        "address2": "",
        "city": "",
        "zip": "",
        "state": "",
        "birthDate": "",
        "documentType": "",
        "documentNumber": "",
        "documentIssueDate": "",
        "documentIssuingCountry": "",
        "documentExpirationDate": "",
        "customFields": [],
        "specialRequests": notes if guest.is_main else "",
        **_company(),
        "isAnonymized": guest.is_anonymized,
        "guestOptIn": False,
        "isMerged": bool(guest.merged_into),
        "newGuestID": guest.merged_into,
    }


def _papers() -> Json:
    return {
        "guestDocumentType": None,
        "guestDocumentNumber": None,
        "guestDocumentIssueDate": None,
        "guestDocumentIssuingCountry": None,
        "guestDocumentExpirationDate": None,
    }


def _company() -> Json:
    return {"taxID": None, "companyTaxID": None, "companyName": None}
