"""ProviderClient: the one door to the network. Times out, retries, paces, guards and records; adapters only ask."""

import contextlib
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode, urljoin, urlsplit

import msgspec

from .answer import Answer, Call, loggable
from .call_record import CallRecord as CallRecord  # noqa: PLC0414 - it is what a client records
from .call_record import request_id
from .deadline import Deadline
from .errors import (
    AddressWrong,
    AnswerTooLarge,
    Cancelled,
    ProviderError,
    ProviderHung,
    RateLimited,
)
from .guard import NetworkPolicy
from .headroom import headroom
from .links import Params, own_link, under
from .manifest import Limit
from .pacing import Pace, pace_for
from .retrying import LONGEST_WAIT, Patience
from .statuses import ErrorFor, error_for
from .transport import transport_error

if TYPE_CHECKING:
    import requests

USER_AGENT = "AI-Hotel-Assistant/0.1"
MAX_BYTES = 10_000_000
_CHUNK = 1 << 20  # a page of a list at once: each further read waits for the interpreter again
_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two bytes, and for a whole call."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 60.0

    @classmethod
    def of_a_check(cls) -> "Timeouts":
        """Short ones: a person is watching."""
        return cls(connect=4.0, read=8.0, total=12.0)


class Auth(Protocol):
    """How calls prove who we are: a flow that may log in first and repeat a refused call once."""

    secret_query: frozenset[str]  # query parameters that never leave the client

    def flow(self, call: Call, now: datetime) -> Generator[Call, Answer, None]:
        """Yields calls, is sent their answers; the last answer is the result. A 401 and any refusal of a
        login arrive as answers; other errors are raised through it."""
        ...


class ProviderClient:
    """Calls one provider at one base address; one keep-alive session, used by one thread at a time.

    `own_ports` are the hub's on this machine: they are never called, whatever the policy opens.
    Raises ProviderError only. Tests pass `sleep` to make waits instant; `tries=1` is for connection tests.
    """

    def __init__(
        self,
        base_url: str,
        policy: NetworkPolicy,
        *,
        clock: Callable[[], datetime],
        own_ports: frozenset[int] = frozenset(),
        limit: Limit | None = None,
        timeouts: Timeouts = Timeouts(),
        record: Callable[[CallRecord], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        auth: Auth | None = None,
        tries: int = 5,
        max_bytes: int = MAX_BYTES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.policy = policy
        self.own_ports = own_ports
        self.clock = clock
        self.timeouts = timeouts
        self.auth = auth
        self.max_bytes = max_bytes
        self.status_errors: Mapping[int, ErrorFor] = {}
        self._record = record
        self._should_stop = should_stop
        self._patience = Patience(tries, sleep, should_stop)
        self._paces: tuple[Pace, ...] = ()
        # Brings the HTTP library, which a hub at rest does without.
        from .guarded_session import guard_session

        self._session: requests.Session = guard_session(policy, own_ports)
        self._session.headers.clear()
        self.pace(*([limit] if limit else []))

    def __repr__(self) -> str:
        return f"ProviderClient({self.base_url})"

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    def pace(self, *limits: Limit) -> None:
        """Replaces the limits: all of them hold at once, none means no pacing."""
        self._paces = tuple(pace_for(self.host, limit) for limit in limits)

    def close(self) -> None:
        self._session.close()

    # --- asking -----------------------------------------------------------------------------------------------------

    def get(
        self,
        path: str,
        params: Params = (),
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`path` lies under the base address; a full address must too, or ContractBroken is raised."""
        return self.send(Call("GET", self.url(path, params), headers or {}))

    def post(
        self,
        path: str,
        *,
        params: Params = (),
        json: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        is_safe: bool = False,
    ) -> Answer:
        """`is_safe` marks a search, which may be repeated; anything else is sent once."""
        kind = "application/json" if form is None else "application/x-www-form-urlencoded"
        body = msgspec.json.encode(json) if form is None else urlencode(form).encode()
        call = Call(
            "POST", self.url(path, params), {"Content-Type": kind, **(headers or {})}, body, is_safe=is_safe
        )
        return self.send(call)

    def url(self, path: str, params: Params = ()) -> str:
        """The full address of a path under the base."""
        return under(self.base_url, path, params)

    def own_link(self, link: str, asked: str = "") -> str:
        """A link out of an answer, made full and free of our secrets. Raises ContractBroken when it leads away."""
        return own_link(self.base_url, link, asked=asked, secret_query=self.secret_query)

    @property
    def secret_query(self) -> frozenset[str]:
        return self.auth.secret_query if self.auth else frozenset()

    def send(self, call: Call) -> Answer:
        """One call with authentication, pacing and retries. Raises ProviderError."""
        if self.auth is None:
            return self._settled(self._attempts(call))
        with contextlib.closing(self.auth.flow(call, self.clock())) as flow:
            step = next(flow)
            while True:
                try:
                    answer = self._attempts(step)
                except ProviderError as error:
                    step = flow.throw(error)  # comes back as it is, unless the flow has another call to make
                    continue
                try:
                    step = flow.send(answer)
                except StopIteration:
                    return self._settled(answer)

    # --- sending ----------------------------------------------------------------------------------------------------

    def _settled(self, answer: Answer) -> Answer:
        """401 is left to the auth flow; when it gave up, it is an error like the others."""
        error = error_for(answer, self.clock(), self.status_errors)
        if error is not None:
            raise error
        return answer

    def _attempts(self, call: Call) -> Answer:
        return self._patience.run(lambda retry: self._once(call, retry), is_safe=call.is_safe)

    def _once(self, call: Call, retry: int) -> Answer:
        """One attempt, recorded. Raises for every error but those the auth flow judges."""
        for pace in self._paces:
            self._patience.pause(pace.reserve(time.monotonic()))
        at = self.clock()
        began = time.monotonic()
        answer: Answer | None = None
        fault = ""
        try:
            answer = self._follow(call)
            error = error_for(answer, self.clock(), self.status_errors)
            if error is not None:
                fault = error.code
                if not _is_for_the_flow(call, answer):
                    raise error
            return answer
        except ProviderError as error:
            fault = error.code
            self._slow_down(error)
            raise
        finally:
            if self._record is not None:
                self._record(
                    CallRecord(
                        at,
                        call.method,
                        loggable(call.url, self.secret_query),
                        answer.status if answer else None,
                        int((time.monotonic() - began) * 1000),
                        len(answer.body) if answer else 0,
                        fault,
                        retry,
                        headroom(answer, self.clock()) if answer else None,
                        request_id(answer),
                        answer.sent_at if answer else None,
                    )
                )

    def _slow_down(self, error: ProviderError) -> None:
        """What the provider tells one of us holds for all that share its pace."""
        if isinstance(error, RateLimited) and error.retry_after is not None:
            for pace in self._paces:
                pace.hold(time.monotonic() + min(error.retry_after, LONGEST_WAIT))

    def _follow(self, call: Call) -> Answer:
        """Follows a redirect on the same host only; each hop passes the guard again."""
        for _ in range(_REDIRECTS):
            answer = self._exchange(call)
            location = answer.headers.get("location", "")
            if not (answer.is_redirect and location):
                return answer
            target = urljoin(call.url, location)
            if urlsplit(target)[:2] != urlsplit(call.url)[:2] or call.method != "GET":
                raise AddressWrong(self.host, "redirect", f"status {answer.status}")
            call = replace(call, url=target)
        raise AddressWrong(self.host, "redirect", "too many redirects")

    def _exchange(self, call: Call) -> Answer:
        import requests

        began = time.monotonic()
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
        path = urlsplit(call.url).path
        with Deadline(self.timeouts.total, self._should_stop) as deadline:
            try:
                # Past `Session.request`, which merges settings that this session does not have.
                request = requests.PreparedRequest()
                request.prepare(call.method, call.url, {**headers, **call.headers}, data=call.body)
                response = self._session.send(
                    request,
                    timeout=(self.timeouts.connect, self.timeouts.read),
                    allow_redirects=False,
                    stream=True,
                )
                with response:
                    body = self._read(response, path)
            except requests.RequestException as error:
                self._judge(deadline)
                # Not chained: its text repeats the address, key and all.
                raise transport_error(error, self.host, self.timeouts.read) from None
            self._judge(deadline)
        ms = int((time.monotonic() - began) * 1000)
        named = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, named, body, ms, path)

    def _read(self, response: "requests.Response", path: str) -> bytes:
        chunks, size = [], 0
        for chunk in response.iter_content(_CHUNK):
            size += len(chunk)
            if size > self.max_bytes:
                raise AnswerTooLarge(path, self.max_bytes)
            chunks.append(chunk)
        return b"".join(chunks)

    def _judge(self, deadline: Deadline) -> None:
        """A cut socket may look like a short but whole answer."""
        if deadline.cut_by == "stop":
            raise Cancelled
        if deadline.cut_by == "time":
            raise ProviderHung(self.timeouts.total)


def _is_for_the_flow(call: Call, answer: Answer) -> bool:
    return answer.status == HTTPStatus.UNAUTHORIZED or (call.is_login and answer.is_refusal)
