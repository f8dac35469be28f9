"""``config.toml``: where the mail lives, when work is done, who gets the digest.

Secrets come from the environment or a file. Every mistake is one line with file, line, key and what is allowed; nothing
is started then. ``rules`` and ``templates`` are looked up beside the file, or where ``[paths]`` says, or else are those
shipped with the program.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from intake.errors import ConfigError
from intake.tables import AddrSpec, Duration, Line, Many, Table, read

_DAYS = "mon|tue|wed|thu|fri|sat|sun"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("a zone of the IANA time zone database is allowed, such as Europe/Warsaw") from error
    return name


def _hour(text: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError("an hour is allowed, such as 07:30")
    return text


def _days(text: str) -> str:
    if not re.fullmatch(rf"({_DAYS})(-({_DAYS}))?(,({_DAYS})(-({_DAYS}))?)*", text):
        raise ValueError("days are allowed, such as mon-fri or mon,wed,fri")
    return text


def _url(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql+psycopg://", "postgresql://")):
        raise ValueError("sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME is allowed")
    return text


Port = Annotated[int, Field(ge=1, le=65535)]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,255}$")]
Tls = Literal["implicit", "starttls", "none"]


def is_loopback(host: str) -> bool:
    """Tell whether *host* is this machine itself (RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Secret(Table):
    """Where a secret is: in an environment variable or in a file, never in config.toml itself."""

    env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    file: Line | None = None

    @model_validator(mode="after")
    def _one(self) -> Secret:
        if (self.env is None) == (self.file is None):
            raise ValueError('one of { env = "NAME" } and { file = "PATH" } is allowed')
        return self


class Server(Table):
    """A server to log in to."""

    host: Host
    port: Port
    tls: Tls = "implicit"
    username: Line | None = None
    password: Secret | None = None
    ca_file: Line | None = None  # certificates to trust instead of the system's
    login_until: date | None = None  # the last day on which the login holds; None where that is not known

    @model_validator(mode="after")
    def _safe(self) -> Server:
        if self.tls == "none" and not is_loopback(self.host):
            raise ValueError('tls = "none" is allowed on loopback only')
        oauth2 = getattr(self, "oauth2", None)
        if self.username is None and (self.password or oauth2):
            raise ValueError("username must be given where password or oauth2 is")
        if self.username is not None and (self.password is None) == (oauth2 is None):
            raise ValueError("a password (of a mailbox: either password or oauth2) must be given where username is")
        return self


class MailboxConfig(Server):
    """A mailbox that is polled."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
    address: AddrSpec
    oauth2: Secret | None = None  # holds an access token, read anew for each login (RFC 7628)
    folder: Line = "INBOX"
    junk: Line | None = None  # the server's folder of junk, looked through every night
    filing: bool = False  # each message is moved to the folder of its category (rules: folders)
    expects: Literal["attendance", "proposal"] | None = None
    personal: bool = False


class SmtpConfig(Server):
    """The relay that takes our letters."""

    sender: AddrSpec
    bounce_address: AddrSpec | None = None  # reverse-path of acknowledgements; without it the null one (RFC 3834 §3.3)
    connections: Annotated[int, Field(ge=1, le=20)] = 4


class OfficeConfig(Table):
    """Who we are."""

    name: Line
    addresses: Many[AddrSpec]
    staff: Many[AddrSpec] = ()


class DatabaseConfig(Table):
    """Where the record is kept."""

    url: Annotated[str, AfterValidator(_url)] = "sqlite:///var/intake.db"


class ScheduleConfig(Table):
    """When work is done, in the office's zone."""

    poll: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(days=1))] = timedelta(seconds=60)
    digest: Annotated[str, AfterValidator(_hour)] = "07:30"
    digest_days: Annotated[str, AfterValidator(_days)] = "mon-fri"

    @property
    def digest_time(self) -> time:
        """Return the local hour of the digest."""
        return time.fromisoformat(self.digest)

    @property
    def weekdays(self) -> frozenset[int]:
        """Return the days of the digest, Monday being 0."""
        names, days = _DAYS.split("|"), set[int]()
        for span in self.digest_days.split(","):
            first, _, last = span.partition("-")
            start = names.index(first)
            length = (names.index(last or first) - start) % 7
            days |= {(start + step) % 7 for step in range(length + 1)}
        return frozenset(days)


class DigestConfig(Table):
    """Who gets the digest."""

    to: Many[AddrSpec] = ()
    actions_key: Secret | None = None  # signs the links that settle a decision; without it a digest has none
    # So long before the meeting a short second digest leaves, where something came since the morning's; 0s: never.
    before_meeting: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(hours=12))] = timedelta(hours=1)
    actions_days: Annotated[int, Field(ge=1, le=90)] = 14  # for so long such a link works


class AcknowledgeConfig(Table):
    """How much is answered by itself."""

    per_address_per_day: Annotated[int, Field(ge=1)] = 10
    per_hour: Annotated[int, Field(ge=0)] = 500  # 0: no brake


class PathsConfig(Table):
    """Where the office's other files are, relative to config.toml."""

    rules: Line | None = None
    templates: Line | None = None
    status: Line | None = None  # a file for monitoring; without it, status.json beside the database


class Config(Table):
    """The whole of config.toml."""

    timezone: Annotated[str, AfterValidator(_zone)] = "Europe/Warsaw"
    office: OfficeConfig
    database: DatabaseConfig = DatabaseConfig()
    mailbox: Annotated[Many[MailboxConfig], Field(min_length=1)]
    smtp: SmtpConfig
    schedule: ScheduleConfig = ScheduleConfig()
    digest: DigestConfig = DigestConfig()
    acknowledge: AcknowledgeConfig = AcknowledgeConfig()
    paths: PathsConfig = PathsConfig()

    @model_validator(mode="after")
    def _distinct(self) -> Config:
        ids = [mailbox.id for mailbox in self.mailbox]
        if len(set(ids)) < len(ids):
            raise ValueError(f"mailbox: each id may stand once, not {', '.join(sorted(ids))}")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """Return the office's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def own_addresses(self) -> frozenset[str]:
        """Return every address of ours, in lower case: none of them is ever acknowledged."""
        mailboxes = {mailbox.address for mailbox in self.mailbox}
        return frozenset({*self.office.addresses, *self.office.staff, self.smtp.sender, *mailboxes})


@dataclass(frozen=True, slots=True)
class Settings:
    """A configuration together with the folders that it speaks of."""

    config: Config
    path: Path  # of config.toml
    rules: Path
    templates: Path

    @property
    def database_url(self) -> str:
        """Return the database's URL, a relative SQLite file made absolute."""
        url = self.config.database.url
        if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
            return f"sqlite:///{(self.path.parent / url.removeprefix('sqlite:///')).resolve()}"
        return url

    def secret(self, secret: Secret | None, key: str) -> str | None:
        """Return what *secret* points to; raise ``ConfigError`` naming *key* where it is not there."""
        if secret is None:
            return None
        if secret.env is not None:
            value = os.environ.get(secret.env)
            if not value:
                raise ConfigError(f"{self.path}: {key}: the environment variable {secret.env} must be set")
            return value
        try:
            return (self.path.parent / str(secret.file)).read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.path}: {key}: the file {secret.file} must be readable UTF-8") from error


def shipped(name: str) -> Path:
    """Return the shipped *name*: inside the installed package, or at the top of the source tree."""
    package = Path(__file__).parent
    inside = package / "office" / name
    return inside if inside.exists() else package.parent / name


def load(path: Path) -> Settings:
    """Read the configuration at *path*; raise ``ConfigError`` with every mistake."""
    config = read(path, Config, ConfigError)
    return Settings(
        config=config,
        path=path,
        rules=_folder(path, config.paths.rules, "rules"),
        templates=_folder(path, config.paths.templates, "templates"),
    )


def _folder(path: Path, named: str | None, name: str) -> Path:
    if named is not None:
        folder = path.parent / named
        if not folder.is_dir():
            raise ConfigError(f"{path}: paths.{name}: {named} must be a folder")
        return folder
    beside = path.parent / name
    return beside if beside.is_dir() else shipped(name)
