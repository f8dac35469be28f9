"""An IMAP server that says what a test wants it to: for what no Dovecot can be brought to do."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Mapping

HANG_UP = b"\0"  # in place of an answer


class Scripted:
    """A server for one INBOX whose answers are given.

    *answers* holds, for the beginning of a command, everything that is sent for it; ``{tag}`` stands for its tag,
    ``{pause}`` for a moment in which nothing is sent. The longest beginning decides. What is not named is answered as
    by a server whose INBOX holds UIDs 1 to 3.
    """

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        select = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4] x\r\n{tag} OK [READ-ONLY] done\r\n"
        self.answers = {
            "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n{tag} OK done\r\n",
            "EXAMINE": select,
            "UID SEARCH": b"* SEARCH 1 2 3\r\n{tag} OK done\r\n",
            "LOGOUT": b"* BYE\r\n{tag} OK done\r\n",
            "": b"{tag} OK done\r\n",
        } | dict(answers)
        self.commands: list[str] = []  # as they came, without their tags
        self._clients: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = "127.0.0.1", int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening, and hang up."""
        for each in (self._listener, *self._clients):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._clients.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), client, client.makefile("rb") as lines:
            client.sendall(b"* OK ready\r\n")
            tag = b""
            for line in lines:
                if line.strip() == b"DONE":  # ends IDLE, under the tag of its beginning (RFC 2177)
                    client.sendall(tag + b" OK done\r\n")
                    continue
                tag, _, command = line.strip().partition(b" ")
                self.commands.append(command.decode())
                answer = self._answer(command.decode())
                if answer == HANG_UP:
                    return
                for part in answer.replace(b"{tag}", tag).split(b"{pause}"):
                    client.sendall(part)
                    time.sleep(0.2 if b"{pause}" in answer else 0)

    def _answer(self, command: str) -> bytes:
        return self.answers[max((start for start in self.answers if command.startswith(start)), key=len)]


def body(sequence: int, uid: int, raw: bytes, key: str = "BODY[]") -> bytes:
    """Return the line of a FETCH that carries *raw* for *uid*."""
    return f"* {sequence} FETCH (UID {uid} {key} {{{len(raw)}}}\r\n".encode() + raw + b")\r\n"


def listing(sizes: Mapping[int, int]) -> bytes:
    """Return the lines of a FETCH that give the size of each UID, and a time that is the same for all."""
    when = '"10-Jul-2023 14:00:00 +0200"'
    return b"".join(
        f"* {uid} FETCH (UID {uid} INTERNALDATE {when} RFC822.SIZE {size})\r\n".encode() for uid, size in sizes.items()
    )
