"""Dovecot as an ordinary child process, whether we are root or not; fresh users on demand."""

from __future__ import annotations

import grp
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from imapclient import IMAPClient

BINARY = shutil.which("dovecot") or "/usr/sbin/dovecot"
PASSWORD = "sezam-otwórz-się"

_CONF = """
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/dovecot.log
protocols = imap
listen = 127.0.0.1
{tls}
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{base}/mail/%u
mail_max_userip_connections = 100
auth_failure_delay = 0
disable_plaintext_auth = no
mail_max_keyword_length = 50
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Dovecot:
    """A running Dovecot. Every user's password is ``PASSWORD``; a user is made by being named."""

    certificate: Path | None = None  # with its key in one PEM file: offers STARTTLS and implicit TLS
    more: str = ""  # configuration beyond the usual, which it overrides; {base} is the server's folder
    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    tls_port: int = 0
    base: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="dc-", dir="/tmp")))
    _process: subprocess.Popen[bytes] | None = None
    _users: itertools.count[int] = field(default_factory=itertools.count)
    _files: itertools.count[int] = field(default_factory=itertools.count)

    def start(self) -> None:
        """Start the server and wait for its greeting; raise ``RuntimeError`` with its log where there is none."""
        me, root = pwd.getpwuid(os.geteuid()), os.geteuid() == 0
        owner = pwd.getpwnam("dovecot") if root else me  # uid 0 may not own mail, nor run imap-login
        self.base.chmod(0o755)
        (self.base / "mail").mkdir()
        if root:
            os.chown(self.base / "mail", owner.pw_uid, owner.pw_gid)
        self.tls_port = free_port() if self.certificate else 0
        tls = (
            f"ssl = yes\nssl_cert = <{self.certificate}\nssl_key = <{self.certificate}"
            if self.certificate
            else "ssl = no"
        )
        conf = _CONF.format(
            base=self.base,
            port=self.port,
            tls_port=self.tls_port,
            tls=tls,
            internal=owner.pw_name,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            group=grp.getgrgid(owner.pw_gid).gr_name,
            login="dovenull" if root else me.pw_name,
            password=PASSWORD,
        )
        conf += self.more.replace("{base}", str(self.base))
        (self.base / "conf").write_text(conf, encoding="utf-8")
        self._process = subprocess.Popen([BINARY, "-F", "-c", self.base / "conf"])
        self._await_greeting()

    def _await_greeting(self) -> None:
        for _ in range(300):
            try:
                with socket.create_connection((self.host, self.port), 0.5) as probe:
                    probe.settimeout(2)
                    if probe.recv(64).startswith(b"* OK"):
                        return
            except OSError:
                time.sleep(0.03)
        log = self.base / "dovecot.log"
        raise RuntimeError(log.read_text(encoding="utf-8") if log.exists() else "dovecot did not start")

    def stop(self) -> None:
        """End the server and remove everything it kept."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
        shutil.rmtree(self.base, ignore_errors=True)

    def new_user(self) -> str:
        """Return the name of a user whose INBOX is empty."""
        user = f"user{next(self._users)}"
        with self.client(user):
            return user

    def client(self, user: str) -> IMAPClient:
        """Return a client that is logged in as *user*, INBOX selected; a context manager."""
        client = IMAPClient(self.host, self.port, ssl=False)
        client.normalise_times = False
        client.plain_login(user, PASSWORD)
        client.select_folder("INBOX")
        return client

    def append(self, user: str, raw: bytes, when: datetime, folder: str = "INBOX") -> None:
        """Append *raw* by IMAP with *when*, aware, as INTERNALDATE."""
        with self.client(user) as client:
            client.append(folder, raw, msg_time=when)

    def deliver(self, user: str, raw: bytes, when: datetime) -> None:
        """Deliver *raw* into the Maildir as a delivery agent would; Dovecot takes INTERNALDATE from the file's time."""
        inbox = self.base / "mail" / user
        name = f"{int(when.timestamp())}.M{next(self._files)}P{os.getpid()}.test"
        temporary = inbox / "tmp" / name
        temporary.write_bytes(raw.replace(b"\r\n", b"\n"))
        os.utime(temporary, (when.timestamp(), when.timestamp()))
        if os.geteuid() == 0:
            owner = pwd.getpwnam("dovecot")
            os.chown(temporary, owner.pw_uid, owner.pw_gid)
        temporary.rename(inbox / "new" / name)

    def flags(self, user: str) -> dict[int, tuple[bytes, ...]]:
        r"""Return the flags of every message in *user*'s INBOX, without ``\Recent``, which no client can keep."""
        with self.client(user) as client:
            found = client.fetch(client.search(), ["FLAGS"]) if client.search() else {}
            return {
                uid: tuple(flag for flag in answer[b"FLAGS"] if flag != b"\\Recent") for uid, answer in found.items()
            }

    def renumber(self, user: str) -> None:
        """Give *user*'s INBOX a new UIDVALIDITY, as a restore does."""
        for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.cache", "dovecot.index.log"):
            (self.base / "mail" / user / name).unlink(missing_ok=True)
