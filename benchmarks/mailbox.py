"""Mailboxes of generated letters: kept as files between runs, and laid straight into a Maildir of Dovecot."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks import letters, wording
from tests.servers.dovecot import Dovecot

CACHE = wording.ROOT / ".cache" / "bench"
_IN_A_FOLDER = 1_000


def kept(count: int, seed: int = 1) -> Iterator[Path]:
    """Yield the files of the first *count* letters, written where they are not yet; lines end with LF, as in a Maildir.

    A file's time is that at which the letter reached the mailbox.
    """
    folder = CACHE / f"letters-{seed}-{_version()}"
    for number in range(count):
        path = folder / f"{number // _IN_A_FOLDER:04}" / f"{number:06}.eml"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            made = letters.letter(number, seed)
            partial = path.with_suffix(".part")
            partial.write_bytes(made.raw.replace(b"\r\n", b"\n"))
            os.utime(partial, (made.when.timestamp(), made.when.timestamp()))
            partial.rename(path)
        yield path


def _version() -> str:
    """Return a name of what letters are made by and of, so that none is kept that would be another today."""
    digest = hashlib.sha256()
    for path in (Path(letters.__file__), Path(wording.__file__), *wording.sources()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def fill(dovecot: Dovecot, user: str, count: int, first: int = 0) -> int:
    """Lay letters *first* to *count* into *user*'s INBOX as a delivery agent leaves them; return their bytes.

    The names say the sizes, ``S=`` with LF and ``W=`` with CR LF, as Dovecot's own delivery writes them. Hard
    links where the file system has them.
    """
    inbox = dovecot.base / "mail" / user
    owner = inbox.stat()
    total = 0
    for number, path in enumerate(kept(count)):
        if number < first:
            continue
        size, wire = path.stat().st_size, _wire_size(path)
        total += wire
        name = f"{int(path.stat().st_mtime)}.M{number:06}P1.bench,S={size},W={wire}:2,"
        _lay(path, inbox / "cur" / name, owner)
    return total


def _lay(path: Path, target: Path, owner: os.stat_result) -> None:
    try:
        os.link(path, target)
    except OSError:
        shutil.copy2(path, target)
    if os.geteuid() == 0 and target.stat().st_uid != owner.st_uid:
        os.chown(target, owner.st_uid, owner.st_gid)


def _wire_size(path: Path) -> int:
    raw = path.read_bytes()
    return len(raw) + raw.count(b"\n")


def empty(dovecot: Dovecot, user: str) -> None:
    """Remove everything of *user*; what was linked stays in the cache."""
    shutil.rmtree(dovecot.base / "mail" / user, ignore_errors=True)
