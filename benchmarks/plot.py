"""Draw the figures on standard input as the picture whose name is given; runs where matplotlib is, and only there."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

_INK, _OTHERS = "#1b5e8c", "#9aa5ad"  # ours, and what we are held against
Curves = dict[str, list[list[float]]]


def main(target: Path, figures: dict[str, Curves]) -> None:
    """Draw one panel for each part that was measured."""
    mpl.rcParams.update(
        {"svg.hashsalt": "intake", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    )
    panels = [(name, draw) for name, draw in _PANELS if figures.get(name)]
    rows = (len(panels) + 1) // 2
    figure = Figure(figsize=(10, 3.2 * rows), layout="constrained", facecolor="white")
    places = list(figure.subplots(rows, 2, squeeze=False).flat)
    for place in places[len(panels) :]:
        place.set_visible(False)
    for place, (name, draw) in zip(places, panels, strict=False):
        draw(place, figures[name])
    figure.savefig(target, metadata={"Date": None})


def _rates(place: Any, curves: Curves) -> None:
    rates = sorted((points[0][1], name) for name, points in curves.items())
    colours = [_INK if name == "intake" else _OTHERS for _, name in rates]
    bars = place.barh([name for _, name in rates], [rate for rate, _ in rates], color=colours)
    place.bar_label(bars, fmt="{:,.0f}", padding=3)
    place.set(xscale="log", xlim=(1, None))
    place.set_title("Messages a second, end to end (logarithmic)")


def _stages(place: Any, curves: Curves) -> None:
    stages = sorted((points[0][0], name) for name, points in curves.items())
    bars = place.barh([name for _, name in stages], [cost for cost, _ in stages], color=_INK)
    place.bar_label(bars, fmt="{:.1f}", padding=3)
    place.set_title("Milliseconds of a core, by stage")


def _time(place: Any, curves: Curves) -> None:
    place.plot(*zip(*curves["time"], strict=True), color=_INK, marker="o")
    _by_messages(place, curves, "Milliseconds a message")


def _memory(place: Any, curves: Curves) -> None:
    for name, style in (("tree", "--"), ("largest", "-")):
        label = "all processes" if name == "tree" else "largest process"
        place.plot(*zip(*curves[name], strict=True), color=_INK, marker="o", linestyle=style, label=label)
    _by_messages(place, curves, "Peak memory, MiB")
    place.legend(frameon=False, loc="lower right")


def _by_messages(place: Any, curves: Curves, title: str) -> None:
    """Lay the axis of messages below, with a tick for each mailbox, and let the other begin at nothing."""
    counts = sorted({int(point[0]) for points in curves.values() for point in points})
    place.set(xscale="log", xlabel="messages in the mailbox", title=title)
    place.set_xticks(counts, [f"{count:,}" for count in counts])
    place.minorticks_off()
    place.set_ylim(0, 1.15 * place.get_ylim()[1])


_PANELS = (("end-to-end", _rates), ("stages", _stages), ("growth", _time), ("growth", _memory))

if __name__ == "__main__":
    main(Path(sys.argv[1]), json.load(sys.stdin))
