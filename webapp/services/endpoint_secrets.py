"""Signing secrets of endpoints: renewed with a day in which both sign, ended, shown again, and used."""

import secrets
from datetime import timedelta

from webapp.integrations.kit.posting import new_secret
from webapp.models import Endpoint
from webapp.runtime import Runtime
from webapp.vault import Secret

from . import audit
from .endpoint_checks import host_of
from .endpoints import EndpointView, WithSecret, row_of, view_of

OVERLAP = timedelta(hours=24)


def rotate_secret(runtime: Runtime, public_id: str, *, actor: str) -> WithSecret:
    """A new secret that signs first; the old one signs too for a day."""
    secret = new_secret(secrets.token_bytes(32))
    with runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        now = runtime.clock()
        row.old_secret, row.old_secret_until = row.secret, now + OVERLAP
        row.secret, row.secret_made_at = runtime.vault.seal(secret.reveal().encode()), now
        row.changed_at = now
        audit.record(
            runtime,
            session,
            actor,
            "endpoint.secret_rotated",
            f"Endpoint {host_of(row.url)} has a new secret",
        )
        return WithSecret(view_of(row), secret)


def end_old_secret(runtime: Runtime, public_id: str, *, actor: str) -> EndpointView:
    """The old secret signs no more from now on."""
    with runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        if row.old_secret is not None:
            row.old_secret = row.old_secret_until = None
            row.changed_at = runtime.clock()
            audit.record(
                runtime,
                session,
                actor,
                "endpoint.old_secret_ended",
                f"Endpoint {host_of(row.url)}: the old secret signs no more",
            )
        return view_of(row)


def reveal_secret(runtime: Runtime, public_id: str, *, actor: str) -> Secret:
    """Written down each time. Who asks must have proved the password first."""
    with runtime.writing() as session:
        row = row_of(session, public_id)
        audit.record(
            runtime, session, actor, "endpoint.secret_shown", f"The secret of {host_of(row.url)} was shown"
        )
        sealed = row.secret
    return Secret(runtime.vault.open(sealed).decode())


def signing_secrets(runtime: Runtime, row: Endpoint) -> list[Secret]:
    """The secrets that sign now, the newest first."""
    sealed = [row.secret]
    if row.old_secret is not None and row.old_secret_until and row.old_secret_until > runtime.clock():
        sealed.append(row.old_secret)
    return [Secret(runtime.vault.open(one).decode()) for one in sealed]
