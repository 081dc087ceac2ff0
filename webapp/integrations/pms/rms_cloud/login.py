"""The way in: the host of the client's database is asked for, then a token there, which every call carries with it."""

from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec

from webapp.integrations.kit.answer import Answer, Call
from webapp.integrations.kit.auth import Flow, fingerprint
from webapp.integrations.kit.contract import Caches, Credentials
from webapp.integrations.kit.errors import (
    AddressWrong,
    ContractBroken,
    CredentialsRejected,
    PermissionMissing,
    RateLimited,
)
from webapp.integrations.kit.guard import literal
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.statuses import error_for
from webapp.vault import Secret

from .manifest import DOMAINS, MODULE, TRAINING
from .patience import Patience
from .refusals import (
    BLOCK,
    HOUR_BLOCK,
    STATUS_ERRORS,
    ClientUnknown,
    ForeignHost,
    LoginBlocked,
    LoginRefused,
    NotInModule,
    Paused,
)

LIFE = timedelta(hours=24)
RENEWED_BEFORE = timedelta(minutes=10)
SHORTEST_LIFE = timedelta(minutes=30)
PROOF = "properties"
_STAMP = "%Y-%m-%d %H:%M:%S"
_NO = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class Session(msgspec.Struct, frozen=True):
    """A token and the host that gave it. Printing one shows neither."""

    token: str
    base_url: str

    def __repr__(self) -> str:
        return "Session(••••)"


class Login:
    """Sends calls to the host of the database with its token. A token that ended is replaced once a call; a refused login
    is not repeated until a person acts. `by_hand`: a person is asking."""

    secret_query: frozenset[str] = frozenset()

    def __init__(
        self, credentials: Credentials, client: ProviderClient, caches: Caches, *, by_hand: bool
    ) -> None:
        self._credentials = credentials
        self._client = client
        self._tokens = caches.tokens
        self._by_hand = by_hand
        self.mark = fingerprint(
            client.base_url,
            *(
                credentials.text(name).strip()
                for name in ("agent_id", "client_id", "module_type", "training")
            ),
            credentials.secret("api_key"),
            credentials.secret("api_secret"),
        )
        self._name = f"token:{self.mark}"
        self._patience = Patience(caches.setup, self.mark)

    def flow(self, call: Call, now: datetime) -> Flow:
        """Blocks are remembered for all that ask."""
        self._patience.mind(now)
        try:
            yield from self._answered(call, now)
        except RateLimited as error:
            if error.retry_after is not None:
                self._patience.pause(now, error.retry_after)
            raise

    def blocked(self, detail: str) -> Paused:
        """For what turns out to be a block only to the one who asked; nobody asks before it is over."""
        now = self._client.clock()
        return Paused(self._patience.pause(now, BLOCK), now, detail)

    def _answered(self, call: Call, now: datetime) -> Flow:
        session, is_new = self._held(), False
        if session is None:
            session, is_new = (yield from self._take_turn(now)), True
        answer = yield from self._ask(session, call, now)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return
        if not is_new and not (yield from self._is_alive(session, call, now)):
            self._forget(session)
            session = yield from self._take_turn(now)
            answer = yield from self._ask(session, call, now)
            if answer.status != HTTPStatus.UNAUTHORIZED:
                return
        # The token is good, so it is this call that the module does not include: 401 was seen where the contract says 403.
        raise NotInModule(answer.path, "status 401 with a token that works")

    def _ask(self, session: Session, call: Call, now: datetime) -> Generator[Call, Answer, Answer]:
        """Moves the call to the host of the database. Refusals are counted."""
        url = session.base_url + call.url.removeprefix(self._client.base_url)
        try:
            answer = yield replace(call, url=url).with_header("authtoken", session.token)
        except PermissionMissing:
            self._patience.refused(now)
            raise
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._patience.refused(now)
        return answer

    def _is_alive(self, session: Session, refused: Call, now: datetime) -> Generator[Call, Answer, bool]:
        if urlsplit(refused.url).path.endswith(f"/{PROOF}"):
            return False
        proof = Call("GET", self._client.url(PROOF, {"modelType": "basic"}))
        answer = yield from self._ask(session, proof, now)
        return answer.status != HTTPStatus.UNAUTHORIZED

    # --- the token --------------------------------------------------------------------------------------------------

    def _held(self) -> Session | None:
        sealed = self._tokens.get(self._name)
        try:
            return None if sealed is None else msgspec.json.decode(sealed.reveal(), type=Session)
        except msgspec.DecodeError:
            return None

    def _forget(self, session: Session) -> None:
        """Unless somebody else has a newer one by now."""
        if self._held() == session:
            self._tokens.drop(self._name)

    def _take_turn(self, now: datetime) -> Generator[Call, Answer, Session]:
        with self._tokens.turn(self._name):
            meanwhile = self._held()
            return meanwhile if meanwhile is not None else (yield from self._log_in(now))

    def _log_in(self, now: datetime) -> Generator[Call, Answer, Session]:
        self._patience.mind_login(now, by_hand=self._by_hand)
        body = self._proof()
        base_url = yield from self._discover(now)
        headers = {"Content-Type": "application/json"}
        answer = yield Call(
            "POST", f"{base_url}/authToken", headers, msgspec.json.encode(body), is_safe=False, is_login=True
        )
        self._judge(answer, now)
        told = answer.json(_Token)
        if not told.token.strip() or not told.token.isascii() or not told.token.isprintable():
            raise ContractBroken("authToken: token")
        session = Session(told.token.strip(), base_url)
        told_end = min(_utc(told.expiryDate) or now + LIFE, now + LIFE) - RENEWED_BEFORE
        # Where the clocks disagree a new token may seem to have ended; it must not cost a login for every call.
        ends_at = max(told_end, now + SHORTEST_LIFE)
        self._tokens.put(self._name, Secret(msgspec.json.encode(session).decode()), ends_at)
        self._patience.login_taken(now)
        return session

    def _discover(self, now: datetime) -> Generator[Call, Answer, str]:
        """Before every token: RMS moves databases between hosts."""
        client_id = _number(self._credentials, "client_id")
        answer = yield Call("GET", self._client.url(f"clienturl/{client_id}"), is_login=True)
        if answer.status == HTTPStatus.NOT_FOUND:
            # Nobody documents this status for an unknown client: where the service itself is there, it must be meant.
            health = yield Call("GET", self._client.url("healthcheck"), is_login=True)
            if health.status == HTTPStatus.NOT_FOUND:
                raise AddressWrong(self._client.host, "not_found", "status 404")
            self._patience.login_refused(now)
            raise ClientUnknown(str(client_id), "status 404")
        self._judge(answer, now)
        return self._allowed(_address(answer))

    def _judge(self, answer: Answer, now: datetime) -> None:
        if answer.status in _NO:
            self._patience.refused(now)
            self._patience.login_refused(now)
            raise LoginRefused(f"status {answer.status}")
        if answer.status == HTTPStatus.BAD_REQUEST:
            until = self._patience.pause(now, HOUR_BLOCK, is_of_login=True)
            raise LoginBlocked(until, now, "status 400")
        error = error_for(answer, now, STATUS_ERRORS)
        if error is not None:
            raise error

    def _proof(self) -> dict[str, object]:
        """RMS wants its numbers as JSON numbers."""
        given = self._credentials
        modules = [part.strip() for part in given.text("module_type").split(",") if part.strip()]
        return {
            "agentId": _number(given, "agent_id"),
            "agentPassword": _password(given, "api_key"),
            "clientId": _number(given, "client_id"),
            "clientPassword": _password(given, "api_secret"),
            "useTrainingDatabase": given.text("training") == TRAINING,
            "moduleType": modules or [MODULE],
        }

    def _allowed(self, url: str) -> str:
        """The address without a slash at its end; the passwords go there, so it must be one of RMS's or the operator's."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise ForeignHost("?") from None
        home, policy = urlsplit(self._client.base_url), self._client.policy
        address = literal(host)
        is_vendor = (
            parts.scheme == "https"
            and port in (None, 443)
            and any(host.endswith(f".{domain}") for domain in DOMAINS)
        )
        is_home = (parts.scheme, parts.netloc) == (home.scheme, home.netloc)
        is_open = policy.lists(host, port) or (address is not None and policy.opens(address))
        is_odd = bool(parts.query or parts.fragment or "@" in parts.netloc) or ".." in parts.path
        if is_odd or not (is_vendor or is_home or is_open):
            raise ForeignHost(host or "?")
        return url.rstrip("/")


class _Token(msgspec.Struct):
    token: str
    expiryDate: str = ""


def _address(answer: Answer) -> str:
    """A JSON text. A bare one is understood too."""
    bare = answer.body[:500].strip()
    found = bare.decode("ascii", "replace") if bare[:4] == b"http" else answer.json()
    if not isinstance(found, str) or not found.strip():
        raise ContractBroken("clienturl")
    return found.strip()


def _utc(stamp: str) -> datetime | None:
    """The only time of RMS that is in UTC."""
    try:
        return datetime.strptime(stamp.strip(), _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _number(credentials: Credentials, name: str) -> int:
    given = credentials.text(name).strip()
    if not (given.isascii() and given.isdigit()):
        raise CredentialsRejected(f"{name} is not a number")
    return int(given)


def _password(credentials: Credentials, name: str) -> str:
    given = credentials.secret(name).reveal().strip()
    if not given:
        raise CredentialsRejected(f"no {name} is given")
    return given
