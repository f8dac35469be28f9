"""What a service manager is told: that we are ready, alive, ending (sd_notify(3), over the socket in NOTIFY_SOCKET)."""

from __future__ import annotations

import contextlib
import os
import socket

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"


def notify(*words: str) -> None:
    """Tell the service manager *words*, each a line; without one, or where it does not listen, nothing happens."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path.startswith(("/", "@")):
        return
    address = "\0" + path[1:] if path.startswith("@") else path  # "@": Linux's abstract names
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as teller:
        teller.settimeout(1)  # a manager that does not read must not stop us
        teller.sendto("\n".join(words).encode(), address)
