"""Settings: read strictly, and every one of them documented."""

import stat
from pathlib import Path

import pytest

from gateway import ROOT
from gateway.core.settings import SETTINGS, Settings, SettingsError

README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


def test_what_is_not_set_has_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({"FAIRLEAD_PORT": ""})
    assert settings.url == "http://127.0.0.1:8000"
    assert settings.data_dir == tmp_path / ".fairlead"
    assert settings.database_url is None
    assert (settings.trusted_proxies, settings.metrics_token, settings.log_level) == ("127.0.0.1", None, "info")


def test_the_secret_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    environment = {"FAIRLEAD_DATA_DIR": str(tmp_path / "data")}
    first = Settings.from_environment(environment)
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600
    assert Settings.from_environment(environment).secret_key == first.secret_key


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FAIRLEAD_PORT", "http"),
        ("FAIRLEAD_PORT", "70000"),
        ("FAIRLEAD_SECRET_KEY", "short"),
        ("FAIRLEAD_TRUSTED_PROXIES", "*"),
        ("FAIRLEAD_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("FAIRLEAD_TRUSTED_PROXIES", "127.0.0.1, proxy"),
        ("FAIRLEAD_METRICS_TOKEN", "short"),
        ("FAIRLEAD_LOG_LEVEL", "loud"),
        ("FAIRLEAD_ENCRYPTION_KEYS", "c2hvcnQ="),
        ("FAIRLEAD_ENCRYPTION_KEYS", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,?"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_name(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({"FAIRLEAD_DATA_DIR": str(tmp_path), name: value})


def test_an_unusable_data_folder_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="FAIRLEAD_DATA_DIR"):
        Settings.from_environment({"FAIRLEAD_DATA_DIR": str(tmp_path / "file")})
