"""The office of the demonstration: a folder whose config.toml speaks of the two servers on loopback.

Rules and templates are those shipped with the program, and so are the addresses. What was sent is filed in ``letters/``
and ``digests/``, to be opened by a mail program, a browser or an editor.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Final

from intake.config import MailboxConfig, Settings, load, shipped
from intake.demo.filling import html_of, message_id, text_of
from intake.demo.servers import LOOPBACK, Servers
from intake.errors import ConfigError

_MARK: Final = "# Written by `intake demo`: the servers named here lived as long as the play.\n"
_OURS: Final = ("config.toml", "polls.log", "var", "letters", "digests")
_CASE: Final = re.compile(r"\[([A-Z]{2,8}-[0-9]{4}-[0-9]{1,9})\]\s*$")


def clear(folder: Path, *, force: bool) -> None:
    """Make room in *folder*; raise ``ConfigError`` where something is there that may not be removed."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ConfigError(f"{folder}: must be a folder")
    if not any(folder.iterdir()):
        return
    if not force:
        raise ConfigError(f"{folder}: must not be there already; --force replaces an earlier demonstration")
    if not _is_ours(folder / "config.toml"):
        raise ConfigError(f"{folder}: is no earlier demonstration, so --force leaves it alone; name another with -o")
    for name in _OURS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _is_ours(config: Path) -> bool:
    try:
        return config.read_text(encoding="utf-8").startswith(_MARK)
    except (OSError, UnicodeDecodeError):
        return False


def passwords(settings: Settings) -> dict[str, str]:
    """Return a new password for the user of each mailbox: its id."""
    return {box.id: secrets.token_urlsafe(18) for box in settings.config.mailbox}


def settings_shipped() -> Settings:
    """Return the office's own configuration, from which the demonstration takes addresses and hours."""
    return load(shipped("config.toml"))


def furnish(folder: Path, settings: Settings, servers: Servers, users: dict[str, str]) -> Path:
    """Write the folder of the demonstration; return the path of its config.toml."""
    for name in ("var", "letters", "digests"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for user, secret in users.items():
        file = folder / "var" / f"{user}.password"
        file.touch(mode=0o600)
        file.write_text(secret, encoding="utf-8")
    path = folder / "config.toml"
    path.write_text(_config(settings, servers), encoding="utf-8")
    return path


def _config(settings: Settings, servers: Servers) -> str:
    """Return config.toml: the office's own, with its servers replaced."""
    config = settings.config
    sections = [
        _table("", timezone=config.timezone),
        _table("[office]", name=config.office.name, addresses=config.office.addresses, staff=config.office.staff),
        _table("[database]", url="sqlite:///var/intake.db"),
    ]
    sections += [_mailbox(box, servers.imap_port) for box in config.mailbox]
    schedule = config.schedule
    sections += [
        _table("[smtp]", host=LOOPBACK, port=servers.smtp_port, tls="none", sender=config.smtp.sender),
        _table("[schedule]", digest=schedule.digest, digest_days=schedule.digest_days),
        _table("[digest]", to=config.digest.to),
    ]
    return _MARK + "\n" + "\n".join(sections)


def _mailbox(box: MailboxConfig, port: int) -> str:
    return (
        _table("[[mailbox]]", id=box.id, address=box.address, host=LOOPBACK, port=port, tls="none", username=box.id)
        + f'password = {{ file = "var/{box.id}.password" }}\n'
        + (_table("", expects=box.expects) if box.expects else "")
        + _table("", personal=box.personal)
    )


def _table(head: str, **keys: object) -> str:
    lines = [head] if head else []
    return "".join(f"{line}\n" for line in [*lines, *(f"{key} = {_value(value)}" for key, value in keys.items())])


def _value(value: object) -> str:
    """Write strings, numbers, truth values and their arrays, which TOML writes as JSON does."""
    return json.dumps(value, ensure_ascii=False)


@dataclass(slots=True)
class Cabinet:
    """Files what was sent: each letter as .eml, .html and .txt."""

    folder: Path
    letters: list[Path] = field(default_factory=list)  # the .eml of each
    digests: list[Path] = field(default_factory=list)

    def file(self, raw: bytes, when: datetime) -> Path:
        """File one letter that left at *when*; return the path of its .eml."""
        subject = str(message_from_bytes(raw, policy=policy.default)["Subject"])  # our own letter, not a stranger's
        case = _CASE.search(subject)
        if case is None:
            path = self.folder / "digests" / f"{when:%Y-%m-%d}.eml"
            if path in self.digests and message_id(path.read_bytes()) != message_id(raw):  # the second one of that day
                path = path.with_stem(f"{when:%Y-%m-%d-%H%M}")
            if path not in self.digests:  # one for each of its recipients, all alike
                self.digests.append(path)
        else:
            path = self.folder / "letters" / f"{len(self.letters) + 1:02d}-{when:%Y-%m-%d}-{case[1]}.eml"
            self.letters.append(path)
        path.write_bytes(raw)
        path.with_suffix(".html").write_text(html_of(raw), encoding="utf-8")
        path.with_suffix(".txt").write_text(f"{subject}\n\n{text_of(raw)}", encoding="utf-8")
        return path
