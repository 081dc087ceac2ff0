"""Settings: the one reader of the environment, typed, frozen, and refusing what is unsafe."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

RETRY_SCHEDULE = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds before each try of an outgoing webhook: ten tries in about three days (Standard Webhooks 1.0.0)."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(Exception):
    """A setting that cannot be used; the text names it and says what is expected."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator fixes. Each name is documented in docs/settings.md and .env.example (a test compares)."""

    data_dir: Path
    database_url: str = field(repr=False)  # may hold a password
    is_demo: bool = False
    public_base_url: str | None = None
    trusted_proxy_count: int = 0
    provider_allowed_networks: tuple[Network, ...] = ()
    webhook_allowed_networks: tuple[Network, ...] = ()
    allowed_endpoint_hosts: frozenset[str] = frozenset()
    outbound_retry_schedule: tuple[int, ...] = RETRY_SCHEDULE
    probe_url: str | None = None
    webhook_grace_seconds: int = 600
    log_level: str = "info"
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_env(
        cls, env: Mapping[str, str], *, data_dir: Path | None = None, is_demo: bool = False
    ) -> "Settings":
        """`env` is the process environment; `.env.local` and `.env` of the working folder fill what it lacks."""
        values = _resolve_files({**_dotenv(Path(".env")), **_dotenv(Path(".env.local")), **env})
        folder = data_dir or Path(values.get("HOTEL_ASSISTANT_DATA") or ("demo-data" if is_demo else "data"))
        folder = folder.expanduser().absolute()
        url = "" if is_demo else values.get("DATABASE_URL", "")
        return cls(
            data_dir=folder,
            database_url=_database_url(url, folder),
            is_demo=is_demo,
            public_base_url=_base_url(values.get("PUBLIC_BASE_URL")),
            trusted_proxy_count=_count("TRUSTED_PROXY_COUNT", values),
            provider_allowed_networks=_networks("PROVIDER_ALLOWED_NETWORKS", values),
            webhook_allowed_networks=_networks("WEBHOOK_ALLOWED_NETWORKS", values),
            allowed_endpoint_hosts=frozenset(
                host.lower() for host in values.get("ALLOWED_ENDPOINT_HOSTS", "").replace(",", " ").split()
            ),
            outbound_retry_schedule=_schedule("OUTBOUND_RETRY_SCHEDULE", values),
            probe_url=_base_url(values.get("PROBE_URL"), "PROBE_URL"),
            webhook_grace_seconds=_count("WEBHOOK_GRACE_SECONDS", values, "600"),
            log_level=_choice("LOG_LEVEL", values, ("debug", "info", "warning", "error"), "info"),
            environment=values,
        )

    @property
    def uses_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def key_file(self) -> Path:
        return self.data_dir / "secret.key"

    @property
    def cookies_are_secure(self) -> bool:
        """Secure cookies need https; without a public https address the hub is used on plain http in the house."""
        return self.public_base_url is not None and self.public_base_url.startswith("https://")


NAMES = (
    "HOTEL_ASSISTANT_DATA",
    "DATABASE_URL",
    "PUBLIC_BASE_URL",
    "TRUSTED_PROXY_COUNT",
    "PROVIDER_ALLOWED_NETWORKS",
    "WEBHOOK_ALLOWED_NETWORKS",
    "ALLOWED_ENDPOINT_HOSTS",
    "OUTBOUND_RETRY_SCHEDULE",
    "PROBE_URL",
    "WEBHOOK_GRACE_SECONDS",
    "LOG_LEVEL",
)


def process_environment() -> Mapping[str, str]:
    """The one place that touches os.environ."""
    return dict(os.environ)


def _dotenv(path: Path) -> dict[str, str]:
    """NAME=value lines; quotes are stripped, a literal backslash-n inside double quotes becomes a new line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, IsADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    values: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("export ")
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise SettingsError(f"{path}, line {number}: expected NAME=value")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1].replace("\\n", "\n") if value[0] == '"' else value[1:-1]
        values[name.strip()] = value
    return values


def _resolve_files(values: Mapping[str, str]) -> dict[str, str]:
    """NAME_FILE=path gives NAME the content of a file, unless NAME itself is set."""
    resolved = dict(values)
    for name, path in values.items():
        bare = name.removesuffix("_FILE")
        if bare == name or not bare or bare in values or bare not in NAMES:
            continue
        try:
            resolved[bare] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name} points to {path}, which cannot be read: {error}") from error
    return resolved


def _database_url(url: str, folder: Path) -> str:
    if not url:
        return f"sqlite:///{folder / 'hub.sqlite3'}"
    scheme = urlsplit(url).scheme
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"}:
        return "postgresql+psycopg" + url[len(scheme) :]
    if scheme == "sqlite":
        return url
    raise SettingsError(
        "DATABASE_URL must begin with postgresql:// (or be left out for SQLite in the data folder)"
    )


def _base_url(url: str | None, name: str = "PUBLIC_BASE_URL") -> str | None:
    if not url:
        return None
    wrong = f"{name} must look like https://hub.example.com"
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise SettingsError(wrong) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(wrong)
    return url.rstrip("/")


def _count(name: str, values: Mapping[str, str], default: str = "0") -> int:
    text = values.get(name) or default
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise SettingsError(f"{name} must be a whole number, not {text!r}")
    return int(text)


def _networks(name: str, values: Mapping[str, str]) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part) for part in values.get(name, "").replace(",", " ").split())
    except ValueError as error:
        raise SettingsError(
            f"{name} must list networks like 10.0.0.0/8, separated by commas: {error}"
        ) from error


def _schedule(name: str, values: Mapping[str, str]) -> tuple[int, ...]:
    parts = values.get(name, "").replace(",", " ").split()
    if not all(part.isascii() and part.isdigit() and len(part) < 8 for part in parts) or len(parts) > 50:
        raise SettingsError(f"{name} must list whole seconds, separated by commas, like 0,5,300")
    return tuple(int(part) for part in parts) or RETRY_SCHEDULE


def _choice(name: str, values: Mapping[str, str], allowed: tuple[str, ...], default: str) -> str:
    text = (values.get(name) or default).lower()
    if text not in allowed:
        raise SettingsError(f"{name} must be one of {', '.join(allowed)}, not {text!r}")
    return text
