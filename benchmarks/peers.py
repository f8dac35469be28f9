"""What the program is held against: bare FETCHes, mbsync's copy of the mailbox, and django-helpdesk's mail import.

django-helpdesk answers as the program does, by SMTP to the same sink. It has an environment of its own below the cache,
of the versions and hashes in ``django-helpdesk.txt``, and a Django project with SQLite, made anew for each run.
"""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

from benchmarks import environment, processes, servers
from benchmarks.processes import Measured
from tests.servers.dovecot import Dovecot

_BATCH = 100  # messages
_MBSYNC = """
IMAPAccount bench
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account bench

MaildirStore near
Path {folder}/
Inbox {folder}/inbox

Channel bench
Far :far:
Near :near:
Patterns INBOX
Sync Pull New
Create Near
SyncState *
"""
_SETTINGS = """
SECRET_KEY = "measured and thrown away"
INSTALLED_APPS = [
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.sites", "django.contrib.humanize", "django.contrib.staticfiles",
    "rest_framework", "helpdesk",
]
SITE_ID = 1
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "{folder}/helpdesk.db"}}}}
MEDIA_ROOT = "{folder}/media"
ROOT_URLCONF = "urls"
USE_TZ = True
LANGUAGE_CODE = "pl"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
HELPDESK_TEAMS_MODE_ENABLED = False
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", {smtp}
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {{"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]}},
}}]
"""
_URLS = """
from django.urls import include, path
urlpatterns = [path("helpdesk/", include("helpdesk.urls", namespace="helpdesk"))]
"""
_QUEUE = """
from helpdesk.models import Queue
Queue.objects.create(
    title="Konsultacje", slug="konsultacje", email_address="konsultacje@um.torun.pl", allow_email_submission=True,
    email_box_type="imap", email_box_host="127.0.0.1", email_box_port={port}, email_box_user="{user}",
    email_box_pass="{password}", email_box_imap_folder="INBOX", email_box_interval=0,
)
"""
_COUNT = "from helpdesk.models import FollowUp; print(FollowUp.objects.count())"


def mbsync(folder: Path, server: Dovecot, user: str) -> Measured:
    """Copy *user*'s INBOX to a Maildir below *folder*."""
    folder.mkdir(parents=True)
    settings = _MBSYNC.format(port=server.port, user=user, password=servers.PLAIN, folder=folder)
    (folder / "mbsyncrc").write_text(settings, encoding="utf-8")
    command = [str(servers.program("mbsync")), "-q", "-c", str(folder / "mbsyncrc"), "bench"]
    return processes.run(command, cwd=folder, output=folder / "output")


def copied(folder: Path) -> int:
    """Return how many messages a copy below *folder* has."""
    return sum(len(list((folder / "inbox" / part).iterdir())) for part in ("new", "cur"))


def bare_fetch(server: Dovecot, user: str) -> tuple[int, float]:
    """Fetch every message of *user*'s INBOX and throw it away; return how many, and the seconds it took."""
    begun = time.perf_counter()
    with server.client(user) as client:
        uids = client.search()
        for start in range(0, len(uids), _BATCH):
            client.fetch(uids[start : start + _BATCH], ["BODY.PEEK[]", "INTERNALDATE"])
    return len(uids), time.perf_counter() - begun


def raw_fetch(server: Dovecot, user: str) -> tuple[int, float]:
    """Ask for every message of *user*'s INBOX at once and count the answers unread: what the server can give."""
    begun = time.perf_counter()
    with socket.create_connection((server.host, server.port), 60) as connection:
        stream = connection.makefile("rb", buffering=1 << 20)
        stream.readline()
        _say(connection, f"LOGIN {user} {servers.PLAIN}", "EXAMINE INBOX", "FETCH 1:* (UID BODY.PEEK[])")
        count, done = 0, 0
        while done < 3:
            line = stream.readline()
            done += line.startswith(b"A ")
            if line.endswith(b"}\r\n"):  # a literal follows (RFC 9051 §4.3)
                count += 1
                left = int(line[line.rindex(b"{") + 1 : -3])
                while left:
                    left -= len(stream.read(min(left, 1 << 20)))
    return count, time.perf_counter() - begun


def _say(connection: socket.socket, *commands: str) -> None:
    """Send *commands* without waiting for the answers; each has the tag A."""
    connection.sendall("".join(f"A {command}\r\n" for command in commands).encode("ascii"))


def helpdesk(folder: Path, server: Dovecot, user: str, smtp: int) -> tuple[int, Measured]:
    """Let django-helpdesk import *user*'s INBOX; return how many messages it made something of, and what that took."""
    python = environment.interpreter("django-helpdesk")
    folder.mkdir(parents=True)
    (folder / "settings.py").write_text(_SETTINGS.format(folder=folder, smtp=smtp), encoding="utf-8")
    (folder / "urls.py").write_text(_URLS, encoding="utf-8")
    queue = _QUEUE.format(port=server.port, user=user, password=servers.PLAIN)
    _django(python, folder, "migrate", "--verbosity=0")
    _django(python, folder, "loaddata", "emailtemplate.json", "--verbosity=0")
    _django(python, folder, "shell", "--command", queue)
    command = [str(python), "-m", "django", "get_email", "--quiet", f"--pythonpath={folder}", "--settings=settings"]
    took = processes.run(command, cwd=folder, output=folder / "output")
    return int(_django(python, folder, "shell", "--command", _COUNT).split()[-1]), took


def _django(python: Path, folder: Path, *words: str) -> str:
    command = [str(python), "-m", "django", *words, f"--pythonpath={folder}", "--settings=settings"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout
