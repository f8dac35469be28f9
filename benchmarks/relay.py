"""A relay that notes when it took which answer: ``python -m benchmarks.relay PORT FILE``, a process of its own.

A line of the file is the time of the 250 in seconds of the epoch and the Message-ID that the letter answers. It speaks
what our sender needs of RFC 5321, no more.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import TextIO

_ANSWERED = re.compile(rb"^In-Reply-To:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)


async def main(port: int, target: Path) -> None:
    """Listen until killed."""
    with target.open("a", encoding="ascii") as file:
        server = await asyncio.start_server(lambda *streams: _serve(*streams, file), "127.0.0.1", port, limit=1 << 26)
        async with server:
            await server.serve_forever()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, file: TextIO) -> None:
    writer.write(b"220 relay.example ESMTP\r\n")
    while line := await reader.readline():
        match line[:4].upper():
            case b"EHLO":
                writer.write(b"250-relay.example\r\n250 8BITMIME\r\n")
            case b"DATA":
                writer.write(b"354 go on\r\n")
                letter = await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 2.0.0 taken\r\n")
                await writer.drain()
                answered = _ANSWERED.search(letter)
                file.write(f"{time.time():.6f} {answered[1].decode('ascii', 'replace') if answered else '-'}\n")
                file.flush()
            case b"QUIT":
                writer.write(b"221 2.0.0 bye\r\n")
                break
            case _:
                writer.write(b"250 2.0.0 ok\r\n")
        await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
