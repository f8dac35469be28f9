"""``intake init``: start an office's folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from intake.config import shipped
from intake.errors import ConfigError

_FILES = ("config.toml", "rules", "templates")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def command(folder: Path) -> int:
    """Write a copy of config.toml, rules/ and templates/ to FOLDER, to start a new office from.

    Nothing that is there already is overwritten.

    Example: intake init /etc/intake
    """
    taken = [name for name in _FILES if (folder / name).exists()]
    if taken:
        raise ConfigError(f"{folder}: {', '.join(taken)} must not be there already")
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        source = shipped(name)
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / name)
    click.echo(f"{folder}: config.toml, rules/, templates/")
    config = folder / "config.toml"
    click.echo(f"Next: edit {config}, set the passwords that it names, then: intake --config {config} check")
    return 0
