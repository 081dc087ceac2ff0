"""Settings: what each name means, what is refused, where values come from, and that all of them are documented."""

import re
from ipaddress import ip_network
from pathlib import Path

import pytest

from webapp.settings import NAMES, Settings, SettingsError

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_any_setting_the_hub_is_private_and_plain(tmp_path: Path) -> None:
    settings = Settings.from_env({})
    assert settings.data_dir == tmp_path / "data"
    assert settings.database_url == f"sqlite:///{tmp_path}/data/hub.sqlite3"
    assert settings.uses_sqlite
    assert settings.public_base_url is None
    assert settings.trusted_proxy_count == 0
    assert settings.provider_allowed_networks == settings.webhook_allowed_networks == ()
    assert settings.allowed_endpoint_hosts == frozenset()
    assert settings.log_level == "info"
    assert not settings.cookies_are_secure


def test_every_name_is_read(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {
            "HOTEL_ASSISTANT_DATA": str(tmp_path / "elsewhere"),
            "DATABASE_URL": "postgres://hub:pw@db/hub",
            "PUBLIC_BASE_URL": "https://hub.aurora.example/",
            "TRUSTED_PROXY_COUNT": "1",
            "PROVIDER_ALLOWED_NETWORKS": "10.1.0.0/16, fd00::/8",
            "WEBHOOK_ALLOWED_NETWORKS": "10.2.0.0/16",
            "ALLOWED_ENDPOINT_HOSTS": "PMS.aurora.example sandbox.example",
            "LOG_LEVEL": "DEBUG",
        }
    )
    assert settings.data_dir == tmp_path / "elsewhere"
    assert settings.database_url == "postgresql+psycopg://hub:pw@db/hub"
    assert not settings.uses_sqlite
    assert settings.public_base_url == "https://hub.aurora.example"
    assert settings.cookies_are_secure
    assert settings.trusted_proxy_count == 1
    assert settings.provider_allowed_networks == (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    assert settings.webhook_allowed_networks == (ip_network("10.2.0.0/16"),)
    assert settings.allowed_endpoint_hosts == {"pms.aurora.example", "sandbox.example"}
    assert settings.log_level == "debug"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://hub@db/hub"),
        ("PUBLIC_BASE_URL", "hub.aurora.example"),
        ("PUBLIC_BASE_URL", "ftp://hub.aurora.example"),
        ("PUBLIC_BASE_URL", "https://[hub"),
        ("PUBLIC_BASE_URL", "https://hub.aurora.example/?x=1"),
        ("TRUSTED_PROXY_COUNT", "one"),
        ("TRUSTED_PROXY_COUNT", "-1"),
        ("TRUSTED_PROXY_COUNT", "²"),
        ("PROVIDER_ALLOWED_NETWORKS", "10.1.0.0/16, home"),
        ("WEBHOOK_ALLOWED_NETWORKS", "10.1.2.3/8"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({name: value})


def test_the_process_wins_over_env_local_which_wins_over_env(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "LOG_LEVEL=error\nTRUSTED_PROXY_COUNT=2\nPUBLIC_BASE_URL=http://a.example\n"
    )
    (tmp_path / ".env.local").write_text("LOG_LEVEL=warning\nexport TRUSTED_PROXY_COUNT=3\n")
    settings = Settings.from_env({"LOG_LEVEL": "debug"})
    assert (settings.log_level, settings.trusted_proxy_count, settings.public_base_url) == (
        "debug",
        3,
        "http://a.example",
    )


def test_env_files_may_have_comments_quotes_and_line_ends(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# a comment\n\nA_KEY=\"one\\ntwo\"\nOTHER='as\\nis'\nLOG_LEVEL = 'error'\n"
    )
    settings = Settings.from_env({})
    assert settings.environment["A_KEY"] == "one\ntwo"
    assert settings.environment["OTHER"] == "as\\nis"
    assert settings.log_level == "error"


def test_a_line_that_is_no_setting_is_pointed_at(tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_text("LOG_LEVEL=info\njust words\n")
    with pytest.raises(SettingsError, match=r"\.env\.local, line 2"):
        Settings.from_env({})


def test_a_value_may_lie_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "database-url"
    secret.write_text("postgresql://hub:pw@db/hub\n")
    assert "hub:pw@db" in Settings.from_env({"DATABASE_URL_FILE": str(secret)}).database_url
    both = {"DATABASE_URL_FILE": str(secret), "DATABASE_URL": "postgresql://other@db/hub"}
    assert "other@db" in Settings.from_env(both).database_url


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL_FILE"):
        Settings.from_env({"DATABASE_URL_FILE": "/nowhere/at/all"})


def test_a_demo_never_uses_the_hotels_database(tmp_path: Path) -> None:
    settings = Settings.from_env({"DATABASE_URL": "postgresql://hub@db/hub"}, is_demo=True)
    assert settings.database_url == f"sqlite:///{tmp_path}/demo-data/hub.sqlite3"


def test_printing_the_settings_shows_no_password() -> None:
    settings = Settings.from_env(
        {"DATABASE_URL": "postgresql://hub:pw-in-url@db/hub", "STRIPE_SECRET_KEY": "sk_123"}
    )
    assert "pw-in-url" not in repr(settings)
    assert "sk_123" not in repr(settings)


def test_every_setting_is_documented_and_nothing_else() -> None:
    documented = re.findall(
        r"^## `([A-Z_]+)`$", (ROOT / "docs/settings.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    example = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert tuple(documented) == tuple(example) == NAMES
