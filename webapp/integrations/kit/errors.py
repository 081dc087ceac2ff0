"""What can go wrong with a provider: who acts, may a timer try again, and what the screen says.

ProviderError
├── CredentialsRejected        401, a refused login                        admin    no retry
├── PermissionMissing          403                                         admin    no retry
├── PropertyUnknown            the hotel's id is not there                 admin    no retry
├── AddressRefused             the guard: private, metadata, plain http    it       no retry
├── AddressWrong               no such host, closed port, 404, redirect    admin    no retry
├── CertificateRejected        TLS (kit.certificate: expired, other name)  it       no retry
├── NotFound                   404 on a path                               admin    no retry
├── ProviderUnavailable        5xx, reset, cannot connect in time          nobody   retry
│   ├── ProviderHung           accepted the call and did not answer        nobody   retry
│   └── AnswerTruncated        the answer broke off                        nobody   retry
├── RateLimited                429                                         nobody   retry
├── ContractBroken             an answer we do not understand              us       no retry
│   ├── AnswerNotJson          a web page where data belongs               admin    no retry
│   └── AnswerTooLarge         over the size limit                         admin    no retry
├── RecipeWrong                the admin's own mapping does not fit        admin    no retry
├── NotApproved                a way in that the vendor's page did not open admin   no retry (kit.approval)
├── SignatureRejected          an inbound call that proves nothing         admin    no retry
└── Cancelled                  the hub is stopping                         nobody   retry

No text here may hold a secret: details are made of status codes, paths and class names, never of a
library's message, which repeats the whole address.
"""

from typing import ClassVar

from webapp.domain.fault import Actor, Fault
from webapp.domain.wording import N_ as N_  # noqa: PLC0414 - adapters take it from here
from webapp.domain.wording import Sentence, params_of

CHECK_KEY = N_(
    "Verify the API credentials in the provider's admin panel: copied whole, still active, and made for this "
    "hotel. Then save them here again."
)
CHECK_ADDRESS = N_("Check the format of the endpoint URL against the provider's documents.")
CHECK_WHITELIST = N_(
    "If the provider only lets listed addresses in, add this hub's outgoing address to its IP whitelist."
)
CHECK_STATUS = N_("Look at the provider's status page. The hub keeps trying by itself.")
READ_THE_LOG = N_("Open this run in the sync logs: it names the place that did not fit.")


class ProviderError(Exception):
    """`params` fill the %(name)s places of `message` and `advice`; `detail` is for the log."""

    code: ClassVar[str] = "provider_error"
    message: str = N_("The provider could not be used.")
    advice: str = READ_THE_LOG
    actor: ClassVar[Actor] = Actor.NOBODY
    retryable: ClassVar[bool] = False
    retry_after: float | None = None

    def __init__(self, detail: str = "", **params: object) -> None:
        self.detail = detail
        self.params = params_of(params)
        super().__init__(detail)

    def __str__(self) -> str:
        text = self.message % self.params
        return f"{text} [{self.detail}]" if self.detail else text

    @property
    def fault(self) -> Fault:
        return Fault(
            code=self.code,
            message=self.message,
            advice=self.advice,
            actor=self.actor,
            params=self.params,
            detail=self.detail,
            retry_after=self.retry_after,
        )


class CredentialsRejected(ProviderError):
    code = "credentials_rejected"
    message = N_("The provider refused the credentials.")
    advice = CHECK_KEY
    actor = Actor.ADMIN


class PermissionMissing(ProviderError):
    code = "permission_missing"
    message = N_("The credentials are valid, but may not read %(path)s.")
    advice = N_(
        "Give the key this permission in the provider's API settings. If the provider only lets listed addresses "
        "in, add this hub's outgoing address to its IP whitelist."
    )
    actor = Actor.ADMIN

    def __init__(self, path: str, detail: str = "") -> None:
        super().__init__(detail, path=path)


class PropertyUnknown(ProviderError):
    code = "property_unknown"
    message = N_("The provider does not know a hotel with the id “%(property)s”, or the key may not see it.")
    advice = N_(
        "Check the Property/Hotel ID. Where the provider lists the hotels of a key, choose one of them."
    )
    actor = Actor.ADMIN

    def __init__(self, property_id: str, detail: str = "") -> None:
        super().__init__(detail, property=property_id)


class AddressRefused(ProviderError):
    """The guard did not let the call out. `kind`: private, own, metadata, plain_http, scheme."""

    code = "address_refused"
    advice = N_(
        "Use the provider's public https address. For a server inside your own network, the operator lists it in "
        "PROVIDER_ALLOWED_NETWORKS."
    )
    actor = Actor.IT
    KINDS: ClassVar[dict[str, str]] = {
        "private": N_("The hub does not call %(host)s: it is a private or reserved address."),
        "own": N_("The hub does not call %(host)s: the hub itself answers there, not the provider."),
        "metadata": N_(
            "The hub never calls %(host)s: addresses of this kind give away a machine's own secrets."
        ),
        "plain_http": N_("The hub does not send credentials to %(host)s without encryption."),
        "scheme": N_("The hub calls https addresses only."),
    }

    def __init__(self, host: str, kind: str) -> None:
        self.kind = kind
        self.message = self.KINDS[kind]
        super().__init__(kind, host=host)


class AddressWrong(ProviderError):
    """Nobody we know lives there. `kind`: unknown_host, closed, redirect, not_found."""

    code = "address_wrong"
    advice = CHECK_ADDRESS
    actor = Actor.ADMIN
    KINDS: ClassVar[dict[str, str]] = {
        "unknown_host": N_("The name %(host)s does not exist."),
        "closed": N_("Nothing answers at %(host)s."),
        "redirect": N_("%(host)s sends the hub to another address."),
        "not_found": N_("%(host)s answers, but there is no API at this address."),
    }

    def __init__(self, host: str, kind: str, detail: str = "") -> None:
        self.kind = kind
        self.message = self.KINDS[kind]
        super().__init__(detail or kind, host=host)


class CertificateRejected(ProviderError):
    code = "certificate_rejected"
    message = N_("The certificate of %(host)s is not valid.")
    advice = N_(
        "Look at the address in a browser. An expired or self-made certificate must be replaced at the provider; "
        "also check that this machine's clock is right."
    )
    actor = Actor.IT

    def __init__(self, host: str, detail: str = "") -> None:
        super().__init__(detail, host=host)


class NotFound(ProviderError):
    code = "not_found"
    message = N_("The provider knows nothing at %(path)s.")
    advice = CHECK_ADDRESS
    actor = Actor.ADMIN

    def __init__(self, path: str, detail: str = "") -> None:
        super().__init__(detail, path=path)


class ProviderUnavailable(ProviderError):
    """`kind`: status, reset, connect_timeout."""

    code = "provider_unavailable"
    actor = Actor.NOBODY
    retryable = True
    KINDS: ClassVar[dict[str, tuple[str, str]]] = {
        "status": (N_("The provider has a problem of its own at the moment."), CHECK_STATUS),
        "reset": (N_("The provider dropped the connection."), CHECK_STATUS),
        "connect_timeout": (N_("The provider cannot be reached from here."), CHECK_WHITELIST),
    }

    def __init__(self, kind: str = "status", detail: str = "", *, retry_after: float | None = None) -> None:
        self.kind = kind
        self.message, self.advice = self.KINDS[kind]
        self.retry_after = retry_after
        super().__init__(detail or kind)


class ProviderHung(ProviderUnavailable):
    code = "provider_hung"

    def __init__(self, seconds: float) -> None:
        super().__init__("status", f"no answer within {seconds:g} s")
        self.message = N_("The provider took the call but did not answer within %(seconds)s seconds.")
        self.params = {"seconds": f"{seconds:g}"}


class AnswerTruncated(ProviderUnavailable):
    code = "answer_truncated"

    def __init__(self, detail: str = "") -> None:
        super().__init__("reset", detail)
        self.message = N_("The provider's answer broke off in the middle.")


class RateLimited(ProviderError):
    """`retry_after` is seconds; None when the provider did not say."""

    code = "rate_limited"
    message = N_("The provider asks the hub to call less often.")
    advice = N_("Nothing to do: the hub waits. If it happens often, choose a longer sync frequency.")
    actor = Actor.NOBODY
    retryable = True

    def __init__(self, retry_after: float | None = None, detail: str = "") -> None:
        self.retry_after = retry_after
        super().__init__(detail)


class ContractBroken(ProviderError):
    """`where` names the place in the answer: a path, a field, a header; never a guest's data. What takes words is a
    Sentence."""

    code = "contract_broken"
    message = N_("The provider's answer was not understood: %(where)s.")
    advice = READ_THE_LOG
    actor = Actor.US

    def __init__(self, where: str | Sentence, detail: str = "") -> None:
        super().__init__(detail, where=where)


class AnswerNotJson(ContractBroken):
    code = "answer_not_json"
    message = N_("A web page came from %(where)s where data belongs.")
    advice = N_(
        "This looks like the address of a dashboard or a login page, not of the API. Check the endpoint URL format."
    )
    actor = Actor.ADMIN


class AnswerTooLarge(ContractBroken):
    code = "answer_too_large"
    message = N_("The answer from %(where)s is larger than %(limit)s MB.")
    advice = N_("Ask for fewer records at a time (page size).")
    actor = Actor.ADMIN

    def __init__(self, where: str, limit_bytes: int) -> None:
        super().__init__(where)
        self.params["limit"] = f"{limit_bytes / 1_000_000:g}"


class RecipeWrong(ProviderError):
    """`where` is a path inside the recipe: `streams.bookings.select`; `problem` a message id filled from `params`."""

    code = "recipe_wrong"
    message = N_("The recipe does not fit at “%(where)s”: %(problem)s")
    advice = N_("Edit the recipe at this place and look at the preview again.")
    actor = Actor.ADMIN

    def __init__(self, where: str, problem: str, /, **params: object) -> None:
        super().__init__("", where=where, problem=Sentence(problem, params_of(params)))

    @property
    def where(self) -> str:
        return str(self.params["where"])

    @property
    def problem(self) -> Sentence:
        found = self.params["problem"]
        return found if isinstance(found, Sentence) else Sentence(found)


class SignatureRejected(ProviderError):
    code = "signature_rejected"
    message = N_("An incoming call could not be proven genuine: %(reason)s.")
    advice = N_("Compare the signing secret here with the one in the provider's webhook settings.")
    actor = Actor.ADMIN

    def __init__(self, reason: str) -> None:
        """`reason` is a message id without parameters: the hit keeps it."""
        super().__init__(reason, reason=Sentence(reason))


class Cancelled(ProviderError):
    code = "cancelled"
    message = N_("The hub was stopped during this call.")
    advice = N_("Nothing to do: the run continues after the next start.")
    actor = Actor.NOBODY
    retryable = True
