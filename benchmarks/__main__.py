"""``python -m benchmarks [--full] [--write] [PART …]``: measure, print tables; ``--write`` puts them into the docs.

Without a part all are measured, in about five minutes; ``--full`` takes mailboxes of up to 100,000 letters, for hours.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from benchmarks import end_to_end, growth, latency, old_mail, report, stages, starting, workers
from benchmarks.end_to_end import Wrong
from benchmarks.environment import Missing
from benchmarks.report import Block

PARTS: dict[str, Callable[[bool], Block]] = {
    "end-to-end": end_to_end.block,
    "growth": growth.block,
    "old-mail": old_mail.block,
    "latency": latency.block,
    "stages": stages.block,
    "starting": starting.block,
    "workers": workers.block,
}


def main(words: list[str]) -> int:
    """Measure what *words* ask for; exit status 1 says that something was missing, or lost or doubled a letter."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the large mailboxes too, which takes hours")
    parser.add_argument("--write", action="store_true", help="put what was found into docs/performance.md")
    parser.add_argument("part", nargs="*", choices=[[], *PARTS], help=f"one of {', '.join(PARTS)}; all of them")
    asked = parser.parse_args(words)
    machine = Block("machine", report.machine())
    print(machine.text)
    report.keep(machine)
    status = 0
    for name in asked.part or PARTS:
        try:
            block = PARTS[name](asked.full)
        except (Missing, Wrong) as trouble:
            print(f"\n{name}: {trouble}", file=sys.stderr)
            status = 1
            continue
        print(f"\n{name}\n\n{block.text}", flush=True)
        report.keep(block)
    if asked.write:
        report.write()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
