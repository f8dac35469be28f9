"""Debian's programs for what no library reads: antiword or catdoc for old Word files, tesseract for scans.

Where a program is not installed, the document is unread and says so. They run below the limits of the process that
calls them, and get the document as a file in memory, never by a name that a stranger chose.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator, Sequence

from intake.mail.reading import Unreadable

MOST_SCANNED_PAGES = 10
_DESCRIPTORS = "/dev/fd/"
_PROGRAM_SECONDS = 40.0  # of processor and of wall clock, each run
_LARGEST = 64 << 20  # bytes of a document in memory
_RESOLUTION = "200"  # dots per inch: enough for print of ten points


def can_see() -> bool:
    """Tell whether scans can be read here."""
    return shutil.which("tesseract") is not None


def old_word(content: bytes) -> Iterator[str]:
    """Yield the lines of a Word file from before 2007."""
    for program, *options in (("antiword", "-w", "0", "-m", "UTF-8.txt"), ("catdoc", "-w", "-d", "utf-8")):
        if shutil.which(program):
            with _file(content) as name:
                text = _run([program, *options, name])
            if text.strip():
                yield from text.splitlines()
                return
    raise Unreadable("an old Word file")


def picture(content: bytes) -> Iterator[str]:
    """Yield the lines that stand in a picture."""
    if not can_see():
        raise Unreadable("a picture")
    with _file(content) as name:
        text = _seen(name)
    if not text.strip():
        raise Unreadable("a picture")
    yield from text.splitlines()


def scan(content: bytes) -> Iterator[str]:
    """Yield the lines of the first pages of a scanned PDF file."""
    if not (can_see() and shutil.which("pdftoppm")):
        raise Unreadable("no text layer")
    found = False
    with _file(content) as name:
        for page in range(1, MOST_SCANNED_PAGES + 2):
            number = str(page)
            image = _raw(["pdftoppm", "-r", _RESOLUTION, "-gray", "-f", number, "-l", number, "-singlefile", name])
            if not image:  # behind the last page
                break
            if page > MOST_SCANNED_PAGES:
                raise Unreadable(f"only its first {MOST_SCANNED_PAGES} pages were read")
            with _file(image) as shown:
                text = _seen(shown)
            found = found or bool(text.strip())
            yield from text.splitlines()
    if not found:
        raise Unreadable("no text layer")


def _seen(name: str) -> str:
    return _run(["tesseract", name, "stdout", "-l", "pol", "--psm", "3"])


def _run(command: Sequence[str]) -> str:
    return _raw(command).decode("utf-8", "replace")


def _raw(command: Sequence[str]) -> bytes:
    """Return what a program prints; whatever ends it, what it printed is taken."""
    descriptors = [int(word.removeprefix(_DESCRIPTORS)) for word in command if word.startswith(_DESCRIPTORS)]
    soft = resource.getrlimit(resource.RLIMIT_CPU)[0]
    unbound = soft == resource.RLIM_INFINITY  # which is -1: a limit made of it would end a process that has lived long
    with _limit(resource.RLIMIT_CPU, soft if unbound else max(soft, int(_PROGRAM_SECONDS))):
        try:
            done = subprocess.run(  # noqa: S603  (no shell, no word of a stranger among the arguments)
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                pass_fds=descriptors,
                timeout=_PROGRAM_SECONDS,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unreadable("took too long") from error
    return done.stdout


@contextlib.contextmanager
def _file(content: bytes) -> Iterator[str]:
    """Give a name to *content*: of a file in memory, which the limit on files is lifted for."""
    if len(content) > _LARGEST:
        raise Unreadable("too large")
    descriptor = os.memfd_create("document")
    try:
        with _limit(resource.RLIMIT_FSIZE, len(content)):
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield f"{_DESCRIPTORS}{descriptor}"
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _limit(kind: int, value: int) -> Iterator[None]:
    """Set a soft limit for a while."""
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))
