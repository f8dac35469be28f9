"""Environments of their own for what the benchmarks need and the program does not: made once, of hashed versions."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

from benchmarks.mailbox import CACHE


class Missing(Exception):  # noqa: N818  (says what is true of the machine)
    """What a measurement needs is not installed; ``str()`` says how it comes here."""


def interpreter(name: str) -> Path:
    """Return the Python that has what ``NAME.txt`` beside this module lists; raise ``Missing`` where none can be."""
    requirements, folder = Path(__file__).with_name(f"{name}.txt"), CACHE / name
    python, stamp = folder / "bin" / "python", folder / "requirements.txt"
    wanted = requirements.read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        venv.create(folder, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(requirements)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise Missing(f"{name} could not be installed: {' '.join(done.stderr.strip().splitlines()[-1:])}")
        stamp.write_text(wanted, encoding="utf-8")
    return python
