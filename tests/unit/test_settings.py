"""Is a wrong or missing setting refused by name, with what is expected?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workers.settings import PREFIX, Settings, SettingsFault, known_names, load

GOOD = {
    "ISTHMUS_BROKER_URL": "redis://127.0.0.1:6379/0",
    "ISTHMUS_SALESFORCE__URL": "https://acme.my.salesforce.com",
    "ISTHMUS_SALESFORCE__CLIENT_ID": "key",
    "ISTHMUS_SALESFORCE__CLIENT_SECRET": "hush",
    "ISTHMUS_NETSUITE__URL": "https://1.suitetalk.api.netsuite.com",
    "ISTHMUS_NETSUITE__ACCOUNT": "1",
}


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):  # noqa: TID251 — the test sets the scene for the one reader
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


def test_good_settings_are_read() -> None:
    settings = load()
    assert settings.netsuite.slots == 5
    assert settings.budget == "redis://127.0.0.1:6379/0"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ISTHMUS_NETSUITE__SLOTS", "five", "how many calls at once"),
        ("ISTHMUS_NETSUITE__TRANSPORT", "carrier-pigeon", "soap or rest"),
        ("ISTHMUS_BROKER_URL", "kafka://x", "expected redis://"),
        ("ISTHMUS_COMPANY_ZONE", "Mars/Olympus", "time zone"),
        ("ISTHMUS_SALESFORCE__API_VERSION", "62", "e.g. 62.0"),
        ("ISTHMUS_BROKR_URL", "redis://x", "did you mean ISTHMUS_BROKER_URL"),
    ],
)
def test_a_wrong_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsFault) as refused:
        load()
    assert name in str(refused.value)
    assert words in str(refused.value)


def test_every_missing_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISTHMUS_BROKER_URL")
    monkeypatch.delenv("ISTHMUS_NETSUITE__ACCOUNT")
    with pytest.raises(SettingsFault) as refused:
        load()
    assert "ISTHMUS_BROKER_URL" in str(refused.value)
    assert "ISTHMUS_NETSUITE__ACCOUNT" in str(refused.value)


def test_rabbitmq_needs_a_budget_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISTHMUS_BROKER_URL", "amqp://guest@localhost//")
    with pytest.raises(SettingsFault, match="budget_url is needed"):
        load()


def test_the_environment_wins_over_the_file_and_the_file_over_a_running_demo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".isthmus/demo").mkdir(parents=True)
    (tmp_path / ".isthmus/demo/settings.env").write_text("ISTHMUS_NETSUITE__SLOTS=7\nISTHMUS_LOG_LEVEL=DEBUG\n")
    (tmp_path / ".env").write_text("ISTHMUS_NETSUITE__SLOTS=8\n")
    assert load().netsuite.slots == 8
    assert load().log_level == "DEBUG"
    monkeypatch.setenv("ISTHMUS_NETSUITE__SLOTS", "9")
    assert load().netsuite.slots == 9


def test_secrets_do_not_show() -> None:
    assert "hush" not in repr(load())


def test_the_example_documents_every_setting_and_no_other(request: pytest.FixtureRequest) -> None:
    lines = (request.config.rootpath / ".env.example").read_text().splitlines()
    documented = [line.lstrip("#").split("=")[0] for line in lines if line.lstrip("#").startswith(PREFIX)]
    assert sorted(documented) == sorted(known_names())
    assert len(Settings.model_fields) <= len(documented)
