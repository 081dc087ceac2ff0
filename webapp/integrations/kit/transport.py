"""What a failed exchange means: from the network library's exceptions to errors of ours.

Looks at classes, never at texts: those repeat the whole address, with the key when it travels in the query.
"""

import ssl
from collections.abc import Callable, Iterator
from typing import Any

from .certificate import certificate_error
from .errors import (
    AddressWrong,
    AnswerTruncated,
    CertificateRejected,
    ContractBroken,
    ProviderError,
    ProviderHung,
    ProviderUnavailable,
)

# First match wins; names are class names of requests, urllib3 and the standard library, bases included.
_MEANINGS: tuple[tuple[str, Callable[[str, float], ProviderError]], ...] = (
    ("ConnectTimeout", lambda host, seconds: ProviderUnavailable("connect_timeout")),
    ("ReadTimeout", lambda host, seconds: ProviderHung(seconds)),
    ("ReadTimeoutError", lambda host, seconds: ProviderHung(seconds)),
    ("SSLError", lambda host, seconds: CertificateRejected(host)),
    ("ChunkedEncodingError", lambda host, seconds: AnswerTruncated("the body ended early")),
    ("ContentDecodingError", lambda host, seconds: ContractBroken("Content-Encoding")),
    ("InvalidURL", lambda host, seconds: AddressWrong(host, "unknown_host")),
    ("ConnectionRefusedError", lambda host, seconds: AddressWrong(host, "closed")),
    ("NewConnectionError", lambda host, seconds: ProviderUnavailable("connect_timeout", "no route")),
)


def transport_error(error: Exception, host: str, read_timeout: float) -> ProviderError:
    """The error for a call that got no whole answer."""
    causes = list(_causes(error))
    names = {base.__name__ for cause in causes for base in type(cause).__mro__}
    judged = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if judged is not None:
        return certificate_error(host, judged)
    for name, meaning in _MEANINGS:
        if name in names:
            return meaning(host, read_timeout)
    return ProviderUnavailable("reset", type(error).__name__)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it wraps: causes, contexts, reasons and arguments."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        item = waiting.pop()
        if isinstance(item, BaseException) and id(item) not in seen:
            seen.add(id(item))
            yield item
            waiting += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
