"""The errors that intake raises of itself.

::

    IntakeError
    ├── OfficeError         a mistake in the office's own files: names file, key and what is allowed (exit status 2)
    │   ├── ConfigError     config.toml, or a secret that it points to
    │   ├── RulesError      rules/*.toml
    │   └── TemplateError   templates/*
    ├── MailboxError        an IMAP server could not be reached, or answered what it may not (exit status 1)
    │   └── LoginRefused    it refused the credentials: trying again at once would not help
    ├── RelayError          the SMTP relay could not be reached or logged in to (exit status 1)
    └── RecordError         the database could not be reached, or holds what it may not (exit status 1)

Broken mail is not an error: it parses to a message with defects. A letter that could not be delivered is not one
either: a delivery attempt returns its outcome.
"""

from __future__ import annotations


class IntakeError(Exception):
    """Anything that intake raises of itself; ``str()`` is one line for a person."""


class OfficeError(IntakeError):
    """A mistake in the office's own files: each problem is one line with file, key and what is allowed."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ConfigError(OfficeError):
    """config.toml, or a secret that it points to, is not usable."""


class RulesError(OfficeError):
    """A file in rules/ is not usable."""


class TemplateError(OfficeError):
    """A file in templates/ is not usable."""


class MailboxError(IntakeError):
    """A mailbox could not be read; what it holds is read at the next poll."""


class LoginRefused(MailboxError):  # noqa: N818  (says what happened, as the server does)
    """The server refused our credentials: a person must look, trying again at once would not help."""


class RelayError(IntakeError):
    """The SMTP relay could not be reached or logged in to; letters wait in the outbox."""


class RecordError(IntakeError):
    """The database could not be used."""
