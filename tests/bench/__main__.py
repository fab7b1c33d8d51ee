"""`make bench`: prints one table; the exit code is 1 when a bound does not hold."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from gateway.database.embedded import Server
from tests.bench import dealing, disk, intake, single
from tests.bench.measure import Figure


def main() -> int:
    """Measure on a server of its own, with the settings of production, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Figures beside their references.")
    parser.add_argument("--stored", type=int, default=dealing.STORED, help="leads to store first for the last ratio")
    parser.add_argument("--only", choices=("dealing", "disk", "single", "gateway"), help="one part of the table")
    given = parser.parse_args()
    console = Console()
    figures: list[Figure] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with tempfile.TemporaryDirectory() as name, Progress(*columns, console=console, transient=True) as progress:
        folder = Path(name)
        with Server(folder / "postgres") as server:
            if given.only in (None, "gateway"):
                figures += intake.figures(progress, server, folder)
            if given.only in (None, "single"):
                figures += single.figures(progress, server, folder)
            if given.only in (None, "dealing"):
                figures += dealing.figures(progress, server, folder, given.stored)
            if given.only in (None, "disk"):
                figures += disk.figures(progress, server)
    console.print(_table(figures))
    return 0 if all(figure.holds for figure in figures) else 1


def _table(figures: list[Figure]) -> Table:
    table = Table(
        "measured", "", "reference", "", "ratio", "bound", "", title="Fairlead, each figure beside its reference"
    )
    for figure in figures:
        table.add_row(
            figure.name,
            _shown(figure.value, figure.unit),
            figure.reference_name,
            _shown(figure.reference, figure.unit),
            f"{figure.ratio:.2f}",
            figure.bound,
            "[green]holds[/green]" if figure.holds else "[red]fails[/red]",
        )
    return table


def _shown(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


if __name__ == "__main__":
    sys.exit(main())
