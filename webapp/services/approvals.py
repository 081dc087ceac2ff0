"""Approvals: a person is sent to a provider's own page and expected back; `approval_answers` is about the coming back."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.domain.fault import Fault
from webapp.domain.value import Value
from webapp.integrations import registry
from webapp.integrations.kit import approval as flow
from webapp.integrations.kit.approval import NotApproved
from webapp.integrations.kit.contract import Credentials
from webapp.integrations.kit.manifest import OAuthSpec
from webapp.models import Approval, Connection, User
from webapp.runtime import Runtime
from webapp.vault import Secret

from . import drafts
from .connection_changes import proposed_access
from .connection_entry import ConnectionInvalid
from .connection_views import NoSuchConnection, row_of
from .run_views import fault_of

LIFETIME = timedelta(minutes=10)
_KEPT_FOR = timedelta(days=1)
PURPOSE = "approval:"
"""What a state begins with, so that nothing else that is sealed passes for one."""


class NoSuchApproval(LookupError):
    """No approval of that id was begun by this person in this browser session, or the way in needs none."""


class Visit(Value, frozen=True):
    """Who asks: a person (public id), the secret of the browser session, and the e-mail for the log."""

    user: str
    browser: str
    actor: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.browser.encode()).hexdigest()


class View(Value, frozen=True):
    """An approval as its page shows it. `url` is the provider's page, None once there is nothing to wait for;
    `connection` is a public id, None for a draft."""

    public_id: str
    provider: str
    provider_label: str
    connection: str | None
    redirect_uri: str
    client_id: str
    scopes: tuple[str, ...]
    expires_at: datetime
    url: str | None
    fault: Fault | None
    is_done: bool


class Sheet(msgspec.Struct, frozen=True):
    """What is sealed: how the app proves itself, as it was when the approval began."""

    options: dict[str, Any]
    secrets: dict[str, str]

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.options, {name: Secret(value) for name, value in self.secrets.items()})


# --- beginning ------------------------------------------------------------------------------------------------------


def is_offered(provider: str, options: Mapping[str, Any]) -> bool:
    """Whether the chosen way in is opened by an approval. Raises UnknownProvider."""
    return flow.approval_of(registry.manifest(provider).approvals, options) is not None


def begin_draft(runtime: Runtime, visit: Visit, provider: str, redirect_uri: str) -> str:
    """For the person's draft; returns the approval's public id.

    Raises ConnectionInvalid for what is wrong beside the secret that the approval fills, NoSuchApproval, NoSuchDraft.
    """
    options, secrets = drafts.credentials(runtime, visit.user, provider)
    spec = spec_of(provider, options)
    wrong = [
        problem
        for problem in drafts.access_problems(runtime, visit.user, provider)
        if problem.field != spec.fills
    ]
    if wrong:
        raise ConnectionInvalid(*wrong)
    return _begin(
        runtime, visit, provider, None, sheet=_sheet(options, secrets, spec), redirect_uri=redirect_uri
    )


def begin_connection(
    runtime: Runtime,
    visit: Visit,
    public_id: str,
    redirect_uri: str,
    *,
    options: Mapping[str, Any],
    secrets: Mapping[str, Secret],
) -> str:
    """For a stored connection with what is typed over it. Raises ConnectionInvalid, NoSuchApproval, NoSuchConnection."""
    with runtime.reading() as session:
        row = row_of(session, public_id)
    if row.archived_at is not None:
        raise NoSuchConnection(public_id)
    spec = spec_of(row.provider, {**row.options, **options})
    # The approval is what fills this secret: whatever is stored in its place is not missing.
    typed = {**secrets, spec.fills: Secret("expected")}
    access = proposed_access(runtime, row, options, typed)
    sheet = _sheet(access.options, access.secrets, spec)
    return _begin(runtime, visit, row.provider, row.id, sheet=sheet, redirect_uri=redirect_uri)


def begin_again(runtime: Runtime, visit: Visit, public_id: str) -> str:
    """Another try with the same values. Raises NoSuchApproval."""
    with runtime.reading() as session:
        row = _own(session, visit, public_id)
    if not row.sealed:
        raise NoSuchApproval(public_id)
    return _begin(
        runtime,
        visit,
        row.provider,
        row.connection_id,
        sheet=opened(runtime, row),
        redirect_uri=row.redirect_uri,
    )


def _begin(
    runtime: Runtime,
    visit: Visit,
    provider: str,
    connection_id: int | None,
    *,
    sheet: Sheet,
    redirect_uri: str,
) -> str:
    now = runtime.clock()
    with runtime.writing() as session:
        session.execute(delete(Approval).where(Approval.made_at < now - _KEPT_FOR))
        user_id = session.scalars(select(User.id).where(User.public_id == visit.user)).one()
        row = Approval(
            public_id=runtime.new_id("ap"),
            user_id=user_id,
            session_digest=visit.digest,
            provider=provider,
            connection_id=connection_id,
            redirect_uri=redirect_uri,
            sealed=runtime.vault.seal(msgspec.json.encode(sheet)),
            made_at=now,
            expires_at=now + LIFETIME,
        )
        session.add(row)
    return row.public_id


def spec_of(provider: str, options: Mapping[str, Any]) -> OAuthSpec:
    """Raises NoSuchApproval, UnknownProvider."""
    spec = flow.approval_of(registry.manifest(provider).approvals, options)
    if spec is None:
        raise NoSuchApproval(provider)
    return spec


def _sheet(options: Mapping[str, Any], secrets: Mapping[str, Secret], spec: OAuthSpec) -> Sheet:
    return Sheet(
        dict(options), {name: secret.reveal() for name, secret in secrets.items() if name != spec.fills}
    )


# --- showing --------------------------------------------------------------------------------------------------------


def view(runtime: Runtime, visit: Visit, public_id: str) -> View:
    """Raises NoSuchApproval."""
    with runtime.reading() as session:
        row = _own(session, visit, public_id)
        connection = session.get(Connection, row.connection_id) if row.connection_id else None
    sheet = opened(runtime, row) if row.sealed else Sheet({}, {})
    spec = flow.approval_of(registry.manifest(row.provider).approvals, sheet.options)
    is_open = spec is not None and row.used_at is None and runtime.clock() < row.expires_at
    fault = fault_of(row.fault)
    if fault is None and row.used_at is None and not is_open:
        fault = NotApproved("expired").fault
    return View(
        public_id=row.public_id,
        provider=row.provider,
        provider_label=registry.manifest(row.provider).label,
        connection=connection.public_id if connection else None,
        redirect_uri=row.redirect_uri,
        client_id=sheet.credentials.text(spec.app_id) if spec else "",
        scopes=spec.scopes if spec else (),
        expires_at=row.expires_at,
        url=_page(runtime, row, sheet, spec) if spec and is_open else None,
        fault=fault,
        is_done=row.used_at is not None and fault is None,
    )


def _page(runtime: Runtime, row: Approval, sheet: Sheet, spec: OAuthSpec) -> str:
    # Sealed by the vault: nobody else can make one, and it says nothing to whoever reads it on its way.
    state = runtime.vault.seal(f"{PURPOSE}{row.public_id}".encode()).decode()
    return flow.page_url(spec, sheet.credentials, redirect_uri=row.redirect_uri, state=state)


# --------------------------------------------------------------------------------------------------------------------


def _own(session: Session, visit: Visit, public_id: str) -> Approval:
    row = session.scalars(select(Approval).where(Approval.public_id == public_id)).one_or_none()
    if row is None or not is_own(session, visit, row):
        raise NoSuchApproval(public_id)
    return row


def is_own(session: Session, visit: Visit, row: Approval) -> bool:
    """Begun by this person in this browser session."""
    user = session.scalars(select(User.public_id).where(User.id == row.user_id)).one()
    return user == visit.user and hmac.compare_digest(row.session_digest, visit.digest)


def opened(runtime: Runtime, row: Approval) -> Sheet:
    """Raises VaultError."""
    return msgspec.json.decode(runtime.vault.open(row.sealed), type=Sheet)
