"""Logins: how the office's servers are logged in to, and the secrets that ``config.toml`` points to.

Light, for every look begins here.
"""

from __future__ import annotations

from intake.config import MailboxConfig, Server, Settings
from intake.errors import ConfigError
from intake.mail.connection import Access

_SHORTEST_KEY = 16  # characters: who sees one code of a link must not be able to try out the key


def access(settings: Settings, box: MailboxConfig) -> Access:
    """Return how *box* is logged in to; its secrets are read now, so that a new token is used at once."""
    number = settings.config.mailbox.index(box) + 1
    return Access(
        host=box.host,
        port=box.port,
        tls=box.tls,
        username=box.username,
        password=settings.secret(box.password, f"mailbox[{number}].password"),
        oauth2_token=settings.secret(box.oauth2, f"mailbox[{number}].oauth2"),
        folder=box.folder,
        ca_file=beside(settings, box),
    )


def beside(settings: Settings, server: Server) -> str | None:
    """Return the file of the certificates that *server* is trusted by; None for the system's."""
    return str(settings.path.parent / server.ca_file) if server.ca_file else None


def actions_key(settings: Settings) -> str | None:
    """Return the key of the links in a digest; None: digests have none. Raise ``ConfigError`` for one too short."""
    key = settings.secret(settings.config.digest.actions_key, "digest.actions_key")
    if key is not None and len(key) < _SHORTEST_KEY:
        raise ConfigError(f"{settings.path}: digest.actions_key: at least {_SHORTEST_KEY} characters are allowed")
    return key


def relay_password(settings: Settings) -> str | None:
    """Return the password of our relay; raise ``ConfigError`` where it is not there."""
    return settings.secret(settings.config.smtp.password, "smtp.password")
