"""Opens a data folder: key file, database up to date, the kind of folder it is, and the claim code of a new one."""

import hashlib
import secrets
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp import migrations
from webapp.domain.value import Value
from webapp.models import Hotel, Instance
from webapp.runtime import Clock, Runtime, make_engine, shifted_clock, system_clock
from webapp.settings import Settings
from webapp.vault import CANARY, Vault, VaultError, create_key_file, read_key_file

REAL, DEMO = "real", "demo"


class InstallationError(Exception):
    """The data folder cannot be opened as asked; the text says why and what to do."""


class Opened(Value, frozen=True):
    """`claim_code` is set when the folder is new and nobody owns it yet: print it, it is shown this once."""

    runtime: Runtime
    claim_code: str | None


def open_runtime(
    settings: Settings, *, clock: Clock | None = None, clock_offset: timedelta | None = None
) -> Opened:
    """Make or open the data folder of `settings` and bring its database up to this version.

    `clock_offset` is stored in a new demo folder. Raises InstallationError or VaultError with the fix.
    """
    _make_folder(settings.data_dir)
    engine = make_engine(settings.database_url)
    try:
        return _open(settings, engine, clock, clock_offset)
    except BaseException:
        engine.dispose()  # who is refused leaves no connection behind
        raise


def _open(settings: Settings, engine: Engine, clock: Clock | None, clock_offset: timedelta | None) -> Opened:
    kind = DEMO if settings.is_demo else REAL
    is_new = _is_empty(engine)
    if is_new and settings.key_file.exists():
        vault = read_key_file(settings.key_file)
    elif is_new:
        vault = create_key_file(settings.key_file)
    else:
        _refuse_newer(engine)
        _refuse_other_kind(engine, kind)
        vault = read_key_file(settings.key_file)
    migrations.upgrade(engine)
    now = (clock or system_clock)()
    code: str | None = None
    with (
        Session(engine.execution_options(begin="IMMEDIATE"), expire_on_commit=False) as session,
        session.begin(),
    ):
        instance = session.get(Instance, 1)
        if instance is None:
            code = _new_claim_code()
            instance = Instance(
                id=1,
                kind=kind,
                canary=vault.seal(CANARY),
                session_key=vault.seal(secrets.token_bytes(32)),
                claim_digest=claim_digest(code),
                clock_offset_seconds=int((clock_offset or timedelta()).total_seconds()),
                created_at=now,
            )
            session.add(instance)
        elif instance.claim_digest is not None and session.get(Hotel, 1) is None:
            # The code of the first start was lost with its console; a restart on the machine itself may show another.
            code = _new_claim_code()
            instance.claim_digest = claim_digest(code)
        _try_canary(vault, instance)
    offset = timedelta(seconds=instance.clock_offset_seconds)
    chosen = clock or (shifted_clock(offset) if offset else system_clock)
    return Opened(Runtime(settings, vault, clock=chosen, engine=engine), code)


def kind_of(settings: Settings) -> str | None:
    """real or demo; None for a folder that holds no hub yet."""
    if settings.uses_sqlite and not (settings.data_dir / "hub.sqlite3").exists():
        return None
    engine = make_engine(settings.database_url)
    try:
        if _is_empty(engine):
            return None
        with Session(engine) as session:
            return session.scalars(select(Instance.kind)).one_or_none()
    finally:
        engine.dispose()


def claim_digest(code: str) -> str:
    """Claim codes are compared by digest; case, blanks and dashes do not matter."""
    return hashlib.sha256("".join(c for c in code.upper() if c.isalnum()).encode()).hexdigest()


def session_key(runtime: Runtime) -> bytes:
    """The key that signs browser sessions, made once per installation."""
    with runtime.reading() as session:
        sealed = session.scalars(select(Instance.session_key)).one()
    return runtime.vault.open(sealed)


class Readiness(Value, frozen=True):
    """May this process get traffic: does the database answer, and are its tables those of this version."""

    database: bool
    migrations: bool


def readiness(runtime: Runtime) -> Readiness:
    try:
        with runtime.reading() as session:
            stands_at = migrations.revision_of(session.connection())
    except SQLAlchemyError:
        return Readiness(database=False, migrations=False)
    return Readiness(database=True, migrations=stands_at == migrations.head())


def _new_claim_code() -> str:
    alphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
    text = "".join(secrets.choice(alphabet) for _ in range(12))
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InstallationError(f"The data folder {folder} cannot be made: {error.strerror}.") from error


def _is_empty(engine: Engine) -> bool:
    return not inspect(engine).has_table("instance")


def _refuse_newer(engine: Engine) -> None:
    stands_at = migrations.current(engine)
    if stands_at is not None and stands_at > migrations.head():
        raise InstallationError(
            "This data folder was written by a newer version. Install that version again, or restore a backup."
        )


def _refuse_other_kind(engine: Engine, kind: str) -> None:
    with Session(engine) as session:
        found = session.scalars(select(Instance.kind)).one_or_none()
    if found is not None and found != kind:
        raise InstallationError(
            "This is the data folder of a demo; `serve` never opens one. Choose another with --data."
            if found == DEMO
            else "This is the data folder of a real hotel; `demo` never opens one. Choose another with --data."
        )


def _try_canary(vault: Vault, instance: Instance) -> None:
    if vault.open(instance.canary) != CANARY:
        raise VaultError("The key file does not belong to this database. Put back the one from your backup.")
