"""``intake``: the command line. Commands are imported when they are called, so that ``intake --help`` stays quick."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from intake import __version__
from intake.errors import IntakeError, OfficeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.config import Settings
    from intake.records.ledger import Ledger
    from intake.worker.desk import Desk

COMMANDS = {
    "run": "the scheduled worker: polls or is woken by IDLE, sends, mails the digest",
    "poll": "one pass: every mailbox once, then everything due in the outbox",
    "reconcile": "hold every message on the server against the record, in both directions",
    "classify": "decide on .eml files, Maildirs or mboxes offline, and say why",
    "score": "decide on a labelled corpus and print how often the labels were met",
    "list": "the cases and what was recorded",
    "show": "one case with its history",
    "explain": "the rules that spoke for and against",
    "correct": "staff correct a case: category, people, organisation, topics; or take that back",
    "add": "staff enter what came by phone, by post or in person",
    "digest": "the digest of a morning, to a file, the terminal or its recipients",
    "export": "the records, as JSON lines, CSV or XLSX",
    "report": "the consultation report: HTML, PDF and XLSX",
    "signin": "the sheet that those who come sign at the door, as PDF or XLSX",
    "review": "what people corrected, and the rules that had misled",
    "replay": "decide all kept originals anew, and show what would differ",
    "verify": "say whether anything on record was changed, removed or re-dated",
    "writeoff": "let an acknowledgement be that is owed and cannot be delivered",
    "erase": "take a person's data out of the record",
    "forget": "take out all that is kept of whoever writes from an address",
    "purge": "take out all that is older than the office may keep it",
    "check": "say what works: files, database, every mailbox and SMTP logged in to",
    "init": "start an office's folder",
    "demo": "July 2023 played through real IMAP and SMTP on loopback, offline",
}


class Lazy(click.Group):
    """A group whose commands are modules of ``intake.commands``, loaded by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's interface)
        """Return the names of the commands, in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load the command called *cmd_name*."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"intake.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


class Moment(click.ParamType[datetime]):
    """A time in ISO 8601; without an offset it is a time of the office's zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read *value*."""
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time in ISO 8601, such as 2023-07-12T15:00:00+02:00", param, ctx)


@dataclass(slots=True)
class Call:
    """What was said before the command."""

    config: Path | None
    as_of: datetime | None

    def settings(self, *, shipped: bool = False) -> Settings:
        """Read the configuration; *shipped* takes the program's own where none was named and none is here."""
        from intake import config as office_config  # noqa: PLC0415

        path = self.config or Path("config.toml")
        if self.config is None and shipped and not path.exists():
            path = office_config.shipped("config.toml")
        return office_config.load(path)

    def clock(self, settings: Settings, *, running: bool = False) -> Callable[[], datetime]:
        """Return the clock of this call: the machine's, or --as-of, which goes on only where *running*."""
        if self.as_of is None:
            return lambda: datetime.now(UTC)
        start = self.as_of if self.as_of.tzinfo else self.as_of.replace(tzinfo=settings.config.zone)
        begun = datetime.now(UTC)
        return lambda: start + ((datetime.now(UTC) - begun) if running else timedelta(0))

    def ledger(self) -> Ledger:
        """Open the records for reading."""
        from intake.records.ledger import open_ledger  # noqa: PLC0415

        return open_ledger(self.settings())

    def desk(self, *, running: bool = False) -> Desk:
        """Load everything that work is done with."""
        from intake.worker.desk import prepare  # noqa: PLC0415

        settings = self.settings()
        return prepare(settings, self.clock(settings, running=running))


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="The office's file (default ./config.toml)."
)
@click.option("--as-of", type=Moment(), help="The clock for this call, in ISO 8601.")
@click.option("-v", "--verbose", count=True, help="Say more; twice, say everything.")
@click.version_option(__version__, prog_name="intake")
@click.pass_context
def cli(context: click.Context, config: Path | None, as_of: datetime | None, verbose: int) -> None:
    """Read, decide, record and acknowledge the mail of a public consultation.

    Example: intake --config /etc/intake/config.toml run
    """
    context.obj = Call(config, as_of)
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    for name in ("mailparser", "imapclient", "apscheduler"):  # they log words of citizens, or nothing of use
        logging.getLogger(name).setLevel(logging.CRITICAL)


def main() -> None:
    """Run the command line; an error of ours is one line on stderr and an exit status, never a traceback."""
    try:
        sys.exit(cli(prog_name="intake", standalone_mode=False) or 0)  # what a command returns is the exit status
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except BrokenPipeError:  # whoever read our output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter's own flush would complain
        sys.exit(0)
    except OfficeError as wrong:
        click.echo(f"intake: {wrong}", err=True)
        sys.exit(2)
    except IntakeError as failed:
        click.echo(f"intake: {failed}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
