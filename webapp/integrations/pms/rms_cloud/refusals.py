"""How RMS says no: its statuses as errors of the hub, and the pauses that keep a block from becoming a longer one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from webapp.domain.fault import Actor
from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.contract import Property
from webapp.integrations.kit.errors import (
    N_,
    ContractBroken,
    CredentialsRejected,
    PermissionMissing,
    PropertyUnknown,
    ProviderError,
    RateLimited,
)
from webapp.integrations.kit.statuses import ErrorFor, wait_wanted

BLOCK = 65.0
"""Seconds. A block lasts a minute, and no header says when it ends."""
HOUR_BLOCK = 3_660.0
MOMENT = "%Y-%m-%d %H:%M UTC"


class LoginRefused(CredentialsRejected):
    message = N_("RMS refuses the login of this agent for this client.")
    advice = N_(
        "Compare agent ID, API Key (agent password), client ID, API Secret (Web Service password) and modules, and ask RMS "
        "whether the hotel has the module. Then press Test Connection: the hub does not try again by itself, because RMS "
        "blocks whoever keeps trying for an hour."
    )


class ClientUnknown(CredentialsRejected):
    message = N_("RMS knows no client with the number %(client)s.")
    advice = N_("Check the client ID: it is the number of the hotel's RMS database.")

    def __init__(self, client: str, detail: str = "") -> None:
        super().__init__(detail, client=client)


class NotInModule(PermissionMissing):
    """403, or 401 with a token that works elsewhere."""

    message = N_("The login works, but RMS does not allow %(path)s with it.")
    advice = N_(
        "Ask RMS whether the hotel's module and the agent include this, and check the modules here. Other kinds of "
        "data go on."
    )


class Paused(RateLimited):
    message = N_("Paused until %(at)s so that RMS does not block the hub for longer.")
    advice = N_(
        "Nothing to do: the hub goes on by itself. If it happens often, choose a longer sync frequency."
    )

    def __init__(self, until: datetime, now: datetime, detail: str = "") -> None:
        super().__init__(max((until - now).total_seconds(), 0.0), detail)
        self.params = {"at": until.strftime(MOMENT)}


class LoginBlocked(Paused):
    """A 400 where nothing but our numbers was asked: that is how the hour is answered."""

    message = N_(
        "RMS does not take logins now: paused until %(at)s. It blocks for an hour after many refused ones."
    )
    advice = N_(
        "Wait until then; testing earlier does not help. If it comes back afterwards, compare agent ID, client ID and "
        "modules with what RMS sent, and look whether another program uses the same agent."
    )


class TrainingNeverCalls(ProviderError):
    code = "training_database"
    message = N_("This connection reads the training database, and RMS makes no webhook calls from it.")
    advice = N_(
        "The hub finds changes by polling. Choose the hotel's own database when the rehearsal is over."
    )
    actor: ClassVar[Actor] = Actor.ADMIN


class HotelUnknown(PropertyUnknown):
    """`offered` are the properties there are."""

    message = N_("This RMS database has no property with the ID “%(property)s”.")
    advice = N_(
        "Choose one of the properties. The ID is the small internal number, not the client number: RMS answers a wrong one "
        "with empty lists and no error."
    )

    def __init__(self, property_id: str, offered: tuple[Property, ...]) -> None:
        super().__init__(property_id)
        self.offered = offered


class ZoneUnknown(ProviderError):
    code = "time_zone_unknown"
    message = N_("RMS names a time zone that the hub does not know: “%(zone)s”.")
    advice = N_("Fill in the field Time zone.")
    actor: ClassVar[Actor] = Actor.ADMIN

    def __init__(self, zone: str) -> None:
        super().__init__(zone=zone[:80])


class CurrencyUnknown(ProviderError):
    code = "currency_unknown"
    message = N_("RMS names a currency that the hub does not know: “%(currency)s”.")
    advice = N_("Fill in the field Currency.")
    actor: ClassVar[Actor] = Actor.ADMIN

    def __init__(self, currency: str) -> None:
        super().__init__(currency=currency[:80])


class Refused(ContractBroken):
    """400: a question that RMS does not take."""


class ForeignHost(ProviderError):
    """Discovery sends us to a server that is none of RMS's."""

    code = "address_refused"
    message = N_("RMS sends the hub to %(host)s, which is none of its servers.")
    advice = N_(
        "Ask RMS where the hotel's database lies. The operator may list a host in ALLOWED_ENDPOINT_HOSTS."
    )
    actor: ClassVar[Actor] = Actor.IT

    def __init__(self, host: str) -> None:
        super().__init__(host=host[:200])


def _limited(answer: Answer, now: datetime) -> ProviderError:
    """Other texts report 429 for a plain limit; RMS's own do not name the status."""
    wait = wait_wanted(answer, now)
    return Paused(now + timedelta(seconds=BLOCK if wait is None else wait), now, f"status {answer.status}")


STATUS_ERRORS: Mapping[int, ErrorFor] = {
    400: lambda answer, now: Refused(answer.path, "status 400"),
    403: lambda answer, now: NotInModule(answer.path, "status 403"),
    429: _limited,
}
