"""Guest profiles of the pretend OPERA Cloud: one, several by number, and a search that nests them otherwise."""

from collections.abc import Callable

from simulator.hotel import Guest
from simulator.pms.opera_calls import Ask, Criteria, Json, given, invalid
from simulator.pms.opera_names import language
from simulator.pms.opera_tenant import Tenant, country, full_name, person_name

_DEFAULT, _MOST, _MOST_TOLD = 20, 200, 1000


class ProfileDesk:
    """Answers what is asked about guests; None when there is nobody."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def one(self, ask: Ask) -> Json | None:
        guest = None if ask.is_empty else self._tenant.profiles.find(ask.parts["profileId"])
        if guest is None:
            return None
        return {
            "profileIdList": self._ids(guest),
            "profileDetails": self._details(guest, _wanted(ask.criteria)),
            "links": [],
        }

    def several(self, ask: Ask) -> Json | None:
        """Up to 200 by number; the unknown ones are left out."""
        numbers = ask.criteria.several("profileIds")
        if numbers is None or len(numbers) > _MOST:
            raise invalid("CRM00011", f"profileIds takes 1 to {_MOST} values")
        names = self._tenant.names
        guests = [] if ask.is_empty else self._tenant.profiles.all()
        found = [guest for guest in guests if names.profile(guest.id) in numbers]
        if not found:
            return None
        wanted = _wanted(ask.criteria)
        rows = [
            {
                "profileIdList": self._ids(guest),
                "profile": self._details(guest, wanted),
                "chainCode": names.chain,
            }
            for guest in found
        ]
        return {"profiles": {"profileInfo": rows, "totalResults": len(rows), "count": len(rows)}}

    def search(self, ask: Ask) -> Json | None:
        tenant = self._tenant
        tests = self._tests(ask.criteria)
        guests = [] if ask.is_empty else tenant.profiles.all()
        found = [guest for guest in guests if all(test(guest) for test in tests)]
        page = tenant.page(found, ask.criteria, _DEFAULT, _MOST)
        if not page.rows:
            return None
        rows = [
            {"profileIdList": self._ids(guest), "profile": self._summary(guest, _wanted(ask.criteria))}
            for guest in page.rows
        ]
        return {"profileSummaries": {"profileInfo": rows, **page.told(most_told=_MOST_TOLD)}, "links": []}

    def _tests(self, criteria: Criteria) -> list[Callable[[Guest], bool]]:
        tests: list[Callable[[Guest], bool]] = []
        profiles, names = self._tenant.profiles, self._tenant.names
        if criteria.flag("excludeInactive"):
            tests.append(lambda guest: guest.id not in profiles.inactive)
        kinds = criteria.several("profileType")
        if kinds is not None:
            tests.append(lambda _: "Guest" in kinds)
        numbers = criteria.several("profileIds")
        if numbers is not None:
            tests.append(lambda guest: names.profile(guest.id) in numbers)
        for name, of in (
            ("profileName", lambda guest: guest.last),
            ("givenName", lambda guest: guest.first),
            ("email", lambda guest: guest.email or ""),
            ("phone", lambda guest: guest.phone or ""),
            ("communication", lambda guest: f"{guest.email} {guest.phone}"),
            ("searchString", full_name),
        ):
            tests += _containing(criteria.text(name), of)
        return tests

    def _ids(self, guest: Guest) -> list[Json]:
        return [{"id": self._tenant.names.profile(guest.id), "type": "Profile"}]

    def _anonymization(self, guest: Guest) -> Json | None:
        at = self._tenant.profiles.anonymized.get(guest.id)
        if at is None:
            return None
        return {"anonymizationStatus": "Anonymized", "anonymizationDate": self._tenant.stamp(at)}

    def _state(self, guest: Guest) -> Json:
        return {
            "profileType": "Guest",
            "statusCode": "Inactive" if guest.id in self._tenant.profiles.inactive else "Active",
            "createDateTime": self._tenant.stamp(guest.created_at),
            "lastModifyDateTime": self._tenant.stamp(guest.updated_at),
        }

    def _details(self, guest: Guest, wanted: frozenset[str]) -> Json:
        """Addresses and communication come only with their instructions."""
        customer = given(
            personName=[person_name(guest)],
            anonymization=self._anonymization(guest),
            language=language(guest),
            nationality=guest.country,
            vipStatus="1" if guest.vip else None,
            vipDescription="VIP" if guest.vip else None,
        )
        with_address, with_lines = "Address" in wanted, "Communication" in wanted
        where, phone, mail = _address(guest), _phone(guest), _mail(guest)
        return given(
            customer=customer,
            addresses=None if where is None or not with_address else {"addressInfo": [where]},
            telephones=None if phone is None or not with_lines else {"telephoneInfo": [phone]},
            emails=None if mail is None or not with_lines else {"emailInfo": [mail]},
            registeredProperty=self._tenant.names.code,
            **self._state(guest),
        )

    def _summary(self, guest: Guest, wanted: frozenset[str]) -> Json:
        name = given(
            name=guest.last[:40],
            fullName=full_name(guest)[:200],
            givenName=guest.first[:40] or None,
            nameType="Primary",
            language=language(guest),
        )
        with_address, with_lines = "Address" in wanted, "Communication" in wanted
        return given(
            formerName=name,
            anonymization=self._anonymization(guest),
            addressInfo=_address(guest) if with_address else None,
            telephoneInfo=_phone(guest) if with_lines else None,
            emailInfo=_mail(guest) if with_lines else None,
            vipStatus={"value": "VIP", "code": "1"} if guest.vip else None,
            registeredProperty=self._tenant.names.code,
            **self._state(guest),
        )


def _wanted(criteria: Criteria) -> frozenset[str]:
    return criteria.several("fetchInstructions") or frozenset({"Profile"})


def _containing(wanted: str | None, of: Callable[[Guest], str]) -> list[Callable[[Guest], bool]]:
    return [] if wanted is None else [lambda guest: wanted.casefold() in of(guest).casefold()]


def _address(guest: Guest) -> Json | None:
    where = country(guest)
    if where is None:
        return None
    return {"address": {"country": where, "type": "HOME", "primaryInd": True}, "type": "Address"}


def _phone(guest: Guest) -> Json | None:
    if guest.phone is None:
        return None
    telephone = {
        "phoneTechType": "PHONE",
        "phoneUseType": "MOBILE",
        "phoneNumber": guest.phone,
        "primaryInd": True,
    }
    return {"telephone": telephone, "type": "Communication"}


def _mail(guest: Guest) -> Json | None:
    if guest.email is None:
        return None
    return {
        "email": {"emailAddress": guest.email, "type": "EMAIL", "primaryInd": True},
        "type": "Communication",
    }
