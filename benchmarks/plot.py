"""Draw the figures on standard input as the picture whose name is given; runs where matplotlib is, and only there."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

_INK, _OTHERS = "#1b5e8c", "#9aa5ad"  # ours, and what we are held against
Figures = dict[str, dict[str, list[list[float]]]]


def main(target: Path, figures: Figures) -> None:
    """Draw one panel for each part that was measured."""
    mpl.rcParams.update(
        {"svg.hashsalt": "intake", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    )
    panels = [(name, draw) for name, draw in _PANELS.items() if figures.get(name)]
    figure = Figure(figsize=(4.2 * len(panels), 3.4), layout="constrained")
    for place, (name, draw) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        draw(place, figures[name])
    figure.savefig(target, metadata={"Date": None})


def _rates(place: Any, curves: dict[str, list[list[float]]]) -> None:
    rates = sorted(((points[0][1], name) for name, points in curves.items()), reverse=True)
    place.barh(
        [name for _, name in rates],
        [rate for rate, _ in rates],
        color=[_INK if name == "intake" else _OTHERS for _, name in rates],
    )
    place.set_xscale("log")
    place.set_title("Messages a second, end to end")


_PANELS = {"end-to-end": _rates}

if __name__ == "__main__":
    main(Path(sys.argv[1]), json.load(sys.stdin))
