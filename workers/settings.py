"""What does this installation look like? The only reader of the environment; a wrong or missing value is refused by name."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "ISTHMUS_"
NESTED = "__"
DEMO_FILE = Path(".isthmus/demo/settings.env")
ROOT = Path(__file__).resolve().parent.parent
Transport = Literal["soap", "rest"]
Key = Annotated[SecretStr, Field(min_length=16)]
OrganizationId = Annotated[str, Field(pattern=r"^00D[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$")]


class SettingsFault(Exception):
    """Settings that cannot work; the message names each variable and what is expected of it."""


class SalesforceSettings(BaseModel):
    """The Salesforce connection: JWT bearer when a key file is given, else client credentials."""

    url: str = Field(description="My Domain address, e.g. https://acme.my.salesforce.com")
    client_id: str = Field(description="consumer key of the external client app")
    client_secret: SecretStr | None = Field(None, description="consumer secret (client credentials)")
    username: str | None = Field(None, description="integration user (JWT bearer)")
    private_key_file: Path | None = Field(None, description="PEM file of the RSA key (JWT bearer)")
    api_version: str = Field("62.0", pattern=r"^\d\d\.0$", description="REST API version, e.g. 62.0")
    bulk_from: int = Field(2000, ge=1, description="from how many records Bulk API 2.0 is used instead of REST")

    pubsub_address: str = Field("api.pubsub.salesforce.com:7443", description="host:port of the Pub/Sub API")
    channel: str = Field(
        "/data/ChangeEvents",
        pattern=r"^/data/\w+$",
        description="/data/ChangeEvents or a channel such as /data/Sales__chn",
    )

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> Self:
        if self.client_secret is None and (self.username is None or self.private_key_file is None):
            raise ValueError("give client_secret, or username and private_key_file")
        return self


class NetSuiteSettings(BaseModel):
    """The NetSuite connection: token-based for SOAP and REST; OAuth 2.0 for REST when a certificate is given."""

    url: str = Field(description="account host, e.g. https://1234567.suitetalk.api.netsuite.com")
    account: str = Field(description="account id, e.g. 1234567_SB1")
    consumer_key: str = Field("", description="consumer key of the integration record")
    consumer_secret: SecretStr = Field(SecretStr(""), description="its secret")
    token_id: str = Field("", description="access token of the integration role")
    token_secret: SecretStr = Field(SecretStr(""), description="its secret")
    client_id: str | None = Field(None, description="OAuth 2.0 client id")
    certificate_id: str | None = Field(None, description="OAuth 2.0 certificate id")
    private_key_file: Path | None = Field(None, description="PEM file of the certificate's key")
    endpoint: str = Field("2025_2", pattern=r"^20\d\d_[12]$", description="SOAP endpoint version, e.g. 2025_2")
    slots: int = Field(5, ge=1, le=200, description="how many calls at once the account allows us")
    world: Literal["ask", "orders", "subscriptions"] = Field(
        "ask", description="how the account sells over time: orders or subscriptions; ask looks at what it has"
    )
    transport: Transport = Field("soap", description="soap or rest, for every flow that says nothing else")
    transports: dict[str, Transport] = Field(
        default_factory=dict, description='by flow, e.g. {"account_to_customer": "rest"}'
    )


class ConsoleSettings(BaseModel):
    """Who may knock at the HTTP door. Several keys at once are good, so that one can be replaced without a gap."""

    hooks: dict[str, list[Key]] = Field(
        default_factory=dict, description='signing keys by hook, e.g. {"crm": ["new-key…", "old-key…"]}'
    )
    systems: dict[str, Literal["salesforce", "netsuite"]] = Field(
        default_factory=dict, description='whose ids a hook sends, e.g. {"erp": "netsuite"}; salesforce without it'
    )
    outbound: list[Key] = Field(
        default_factory=list, description='secret paths of Outbound Messages, e.g. ["a-long-random-word"]'
    )
    organizations: list[OrganizationId] = Field(
        default_factory=list, description='whose Outbound Messages are taken, e.g. ["00D…"]'
    )
    tokens: list[Key] = Field(
        default_factory=list, description='bearer tokens of services, e.g. ["a-long-random-word"]'
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if strange := sorted(self.systems.keys() - self.hooks.keys()):
            raise ValueError(f"systems names hooks that have no keys: {', '.join(strange)}")
        if "salesforce" in self.hooks:
            raise ValueError("a hook may not be called salesforce: that is the door of Outbound Messages")
        if bool(self.outbound) != bool(self.organizations):
            raise ValueError("outbound and organizations go together")
        return self


class Settings(BaseSettings):
    """Every setting; `.env.example` documents them, and a test holds the two together."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter=NESTED, extra="ignore", frozen=True)

    broker_url: str = Field(description="redis://, rediss://, redis+socket:// or amqp(s):// address of the broker")
    ledger_url: str = Field(
        "sqlite:///.isthmus/ledger.sqlite", description="sqlite:/// or postgresql+psycopg:// address"
    )
    budget_url: str = Field(
        "", description="redis:// address of the shared call budget; the broker's when that is Redis"
    )
    company_zone: str = Field("UTC", description="the company's time zone, e.g. America/New_York")
    flows_folder: Path = Field(ROOT / "mappings", description="the folder of the flow files")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="how much is logged")
    salesforce: SalesforceSettings
    netsuite: NetSuiteSettings
    console: ConsoleSettings = Field(default_factory=ConsoleSettings)

    @field_validator("company_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("not a time zone name such as Europe/Berlin") from error
        return name

    @field_validator("broker_url")
    @classmethod
    def _known_broker(cls, url: str) -> str:
        if not url.startswith(("redis://", "rediss://", "redis+socket://", "amqp://", "amqps://")):
            raise ValueError("expected redis://, rediss://, redis+socket://, amqp:// or amqps://")
        return url

    @model_validator(mode="after")
    def _some_budget(self) -> Self:
        if not self.budget_url and not self.broker_url.startswith("redis"):
            raise ValueError(
                "budget_url is needed when the broker is not Redis: the call budget is shared through Redis"
            )
        return self

    @property
    def zone(self) -> ZoneInfo:
        """Return the company's time zone."""
        return ZoneInfo(self.company_zone)

    @property
    def budget(self) -> str:
        """Return the Redis address of the shared call budget, as redis-py reads it."""
        return (self.budget_url or self.broker_url).replace("redis+socket://", "unix://")


def load() -> Settings:
    """Read the environment, then `.env`, then what a running demo left; raise SettingsFault with every fault at once."""
    _refuse_unknown(os.environ)  # noqa: TID251 — this module is the one reader
    try:
        return Settings(_env_file=(DEMO_FILE, Path(".env")))
    except ValidationError as error:
        raise SettingsFault("\n".join(_explain(error))) from error


def of_file(path: Path) -> Settings:
    """Read the settings of one file, whatever `.env` says; raise SettingsFault with every fault at once."""
    try:
        return Settings(_env_file=path)
    except ValidationError as error:
        raise SettingsFault("\n".join(_explain(error))) from error


def _explain(error: ValidationError) -> list[str]:
    lines = []
    for fault in error.errors():
        where = [str(part) for part in fault["loc"]]
        name = PREFIX + NESTED.join(where).upper() if where else "settings"
        lines.append(f"{name}: {fault['msg']}; expected: {_expected(where)}")
    return lines


def _expected(where: list[str]) -> str:
    model: type[BaseModel] = Settings
    for part in where[:-1]:
        inner = model.model_fields[part].annotation if part in model.model_fields else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        model = inner
    field = model.model_fields.get(where[-1]) if where else None
    return (field.description or "see .env.example") if field else "see .env.example"


def known_names() -> list[str]:
    """Return the name of every variable that is read."""
    names = []
    for name, field in Settings.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            names += [f"{PREFIX}{name}{NESTED}{part}".upper() for part in inner.model_fields]
        else:
            names.append(f"{PREFIX}{name}".upper())
    return names


def _refuse_unknown(environment: os._Environ[str]) -> None:
    known = known_names()
    faults = []
    for name in environment:
        if name.upper().startswith(PREFIX) and not any(name.upper().startswith(one) for one in known):
            close = difflib.get_close_matches(name.upper(), known, 1)
            faults.append(f"{name}: no such setting" + (f"; did you mean {close[0]}?" if close else ""))
    if faults:
        raise SettingsFault("\n".join(faults))


def environment() -> dict[str, str]:
    """Return the environment for processes that we start."""
    return dict(os.environ)  # noqa: TID251 — this module is the one reader
