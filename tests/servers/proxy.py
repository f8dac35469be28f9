"""A proxy that cuts or stalls the stream from server to client at a chosen byte."""

from __future__ import annotations

import contextlib
import socket
import threading
import time


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
