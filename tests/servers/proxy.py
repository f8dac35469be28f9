"""Proxies that cut, stall or corrupt the stream from server to client at a chosen byte."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Proxy:
    """Passes everything on between a client and the server at *port*, up to *limit* bytes from the server."""

    def __init__(self, port: int, *, limit: int, stall: bool = False) -> None:
        self._target = port
        self._limit = limit  # bytes from the server, over all connections
        self._stall = stall  # say nothing more, instead of hanging up
        self._passed = 0
        self._ending = threading.Event()
        self._sides: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def is_spent(self) -> bool:
        """Tell whether *limit* bytes were passed on."""
        return self._passed >= self._limit

    def close(self) -> None:
        """Stop listening, and hang up."""
        self._ending.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # close alone waits for accept
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Hang up on everybody, in the middle of whatever is going on."""
        for side in self._sides:
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)  # close alone waits for another thread's recv
            side.close()

    def _accept(self) -> None:
        while not self._ending.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            self._sides += [client, server]
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        try:
            while data := client.recv(65536):
                server.sendall(data)
        except OSError:
            pass
        self.cut()

    def _down(self, server: socket.socket, client: socket.socket) -> None:
        try:
            while data := server.recv(65536):
                left = max(0, self._limit - self._passed)
                client.sendall(data[:left])
                self._passed += min(len(data), left)
                if len(data) >= left:
                    break
        except OSError:
            pass
        while self._stall and not self._ending.is_set():
            time.sleep(0.05)
        self.cut()


class Line(Enum):
    """What may befall a connection."""

    CUT = "cut"  # a reset in the middle
    STALL = "stall"  # nothing more is said for a while, then a reset
    SLOW = "slow"  # nothing is said for a while, then it goes on
    CORRUPT = "corrupt"  # one byte arrives as another


@dataclass(frozen=True, slots=True)
class Trouble:
    """What befalls a connection behind byte number *at* from the server."""

    line: Line
    at: int
    seconds: float = 1.0


class RoughProxy:
    """Passes everything on between clients and the server at *port*; *plan* is asked for each connection's trouble."""

    def __init__(self, port: int, plan: Callable[[], Trouble | None]) -> None:
        self._target = port
        self._plan = plan
        self._ending = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._ending.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self._ending.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target), 5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            threading.Thread(target=self._pass, args=(client, server, None), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, self._plan()), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, trouble: Trouble | None) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if trouble is not None and passed + len(data) > trouble.at:
                    data = self._befall(target, data, trouble, trouble.at - passed)
                    trouble = None
                    if not data:
                        break
                target.sendall(data)
                passed += len(data)
        for side in (source, target):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()

    def _befall(self, target: socket.socket, data: bytes, trouble: Trouble, at: int) -> bytes:
        """Do to *data* what is to be done behind byte *at* of it; return what is still to be sent."""
        if trouble.line is Line.CORRUPT:
            return data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :]
        target.sendall(data[:at])
        if trouble.line is not Line.CUT:
            self._ending.wait(trouble.seconds)
        return data[at:] if trouble.line is Line.SLOW else b""
