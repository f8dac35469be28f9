"""People on holiday: Dovecot's LMTP with Pigeonhole's vacation, as thousands of offices and NGOs run it (RFC 5230)."""

from __future__ import annotations

import os
import pwd
import smtplib
from pathlib import Path

from tests.servers.dovecot import Dovecot, free_port

PLUGIN = Path("/usr/lib/dovecot/modules/lib90_sieve_plugin.so")
LMTP = Path("/usr/lib/dovecot/lmtp")
_MORE = """
protocols = imap lmtp
submission_host = 127.0.0.1:{relay}
mail_plugins =
hostname = poczta.ngo.example
postmaster_address = postmaster@ngo.example
auth_username_format = %Ln
protocol lmtp {
  mail_plugins = sieve
}
plugin {
  sieve = file:{base}/scripts;active={base}/scripts/%n.sieve
  sieve_extensions = +vacation-seconds
  sieve_vacation_min_period = 0
  sieve_vacation_default_period = 0
}
service lmtp {
  chroot =
  inet_listener lmtp {
    address = 127.0.0.1
    port = {port}
  }
}
"""
_SCRIPT = """require ["vacation", "vacation-seconds"];
vacation :seconds 0 :addresses ["{address}"] :subject "{subject}" "{text}";
"""


class Holiday:
    """A mail server whose users are away; what their programs answer goes to the relay at *relay*."""

    def __init__(self, relay: int) -> None:
        self._port = free_port()
        more = _MORE.replace("{relay}", str(relay)).replace("{port}", str(self._port))
        self.dovecot = Dovecot(more=more)

    def start(self) -> None:
        """Begin to serve."""
        self.dovecot.start()

    def stop(self) -> None:
        """End the server and remove everything it kept."""
        self.dovecot.stop()

    def leave(self, user: str, address: str, subject: str, text: str) -> None:
        """Have *user*, who reads *address*, be away; ``:seconds 0`` has each letter answered, the worst case."""
        folder = self.dovecot.base / "scripts"
        folder.mkdir(exist_ok=True)
        script = folder / f"{user}.sieve"
        script.write_text(_SCRIPT.format(address=address, subject=subject, text=text), encoding="utf-8")
        if os.geteuid() == 0:
            owner = pwd.getpwnam("dovecot")
            for path in (folder, script):
                os.chown(path, owner.pw_uid, owner.pw_gid)

    def deliver(self, user: str, reverse_path: str, raw: bytes) -> None:
        """Hand *raw* over by LMTP (RFC 2033), as their MTA does."""
        with smtplib.LMTP("127.0.0.1", self._port) as client:
            client.sendmail(reverse_path, [f"{user}@ngo.example"], raw)

    def log(self) -> str:
        """Return what the server said."""
        path = self.dovecot.base / "dovecot.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
