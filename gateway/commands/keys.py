"""`keys`: the keys that phones and e-mails are sealed with."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from gateway.commands.common import administered, messages, output
from gateway.core.settings import Settings, SettingsError
from gateway.database.administration import Administration
from gateway.sealing.keys import Sealer, fingerprint, new_data_key, rewrapped, sealer_for, sealer_of, unwrapped
from gateway.sealing.resealing import reseal, seal_stored

keys = typer.Typer(no_args_is_help=True, help="What phones and e-mails are sealed with.")


@keys.command("status")
def show_status() -> None:
    """Show how many leads are sealed, and with which keys."""
    with administered() as (settings, admin):
        stored = admin.rows("read_sealing_keys")
        counts = dict(admin.rows("count_sealed"))
    given = [fingerprint(key) for key in settings.encryption_keys]
    table = Table("Data key", "Made", "Encrypted by", "", "Leads", box=None, pad_edge=False)
    for number, key_id, _, made in stored:
        place = given.index(key_id) + 1 if key_id in given else 0
        setting = (
            "the setting's newest" if place == 1 else f"the setting's key {place}" if place else "not in the setting"
        )
        table.add_row(f"{number}", f"{made:%Y-%m-%d %H:%M}", key_id, setting, f"{counts.get(number, 0):,}")
    if stored:
        output.print(table)
    output.print(f"{counts.get(None, 0):,} leads with a phone or e-mail in the clear")


@keys.command("seal")
def seal_leads() -> None:
    """Seal what stands in the clear: what was there before there were keys, and what plain SQL has inserted since."""
    with administered() as (settings, admin):
        sealer = _sealer(admin, settings)
        done = _with_progress(
            "sealing", dict(admin.rows("count_sealed")).get(None, 0), lambda tell: seal_stored(admin, sealer, tell)
        )
    output.print(f"{done:,} leads sealed")


@keys.command("rotate")
def rotate_keys(
    data: Annotated[
        bool, typer.Option("--data", help="Also make a new data key, and seal every lead with it.")
    ] = False,
) -> None:
    """Encrypt the data keys by the setting's newest key. The others may then be taken out of the setting."""
    with administered() as (settings, admin):
        _sealer(admin, settings)
        newest = settings.encryption_keys[0]
        pairs = unwrapped(admin.rows("read_sealing_keys"), settings.encryption_keys)
        with admin.transaction():
            for number, pair in pairs.items():
                admin.call("rewrap_sealing_key", number, fingerprint(newest), rewrapped(newest, number, pair))
        count = f"{len(pairs)} data key{'s' if len(pairs) > 1 else ''}"
        output.print(f"{count}: encrypted by {fingerprint(newest)}, the newest of the setting")
        if data:
            _rotate_data_key(admin, settings)


def _rotate_data_key(admin: Administration, settings: Settings) -> None:
    """A new data key, unless the newest is not in full use yet: then an earlier rotation goes on."""
    newest = settings.encryption_keys[0]
    pairs = unwrapped(admin.rows("read_sealing_keys"), settings.encryption_keys)
    counts = dict(admin.rows("count_sealed"))
    number = max(pairs)
    if not any(counts.get(older) for older in pairs if older != number):
        number += 1
        index_key = pairs[number - 1][1]
        admin.call("add_sealing_key", number, fingerprint(newest), new_data_key(newest, number, index_key))
    sealer = sealer_of(admin.rows("read_sealing_keys"), settings.encryption_keys)
    total = sum(leads for key, leads in counts.items() if key not in (None, number))
    done = _with_progress("sealing anew", total, lambda tell: reseal(admin, sealer, tell))
    output.print(f"{done:,} leads sealed anew, with data key {number}")


def _sealer(admin: Administration, settings: Settings) -> Sealer:
    sealer = sealer_for(admin, settings)
    if sealer is None:
        raise SettingsError("there is no key: set FAIRLEAD_ENCRYPTION_KEYS, to what `openssl rand -base64 32` prints")
    return sealer


def _with_progress(title: str, total: int, work: Callable[[Callable[[int], None]], None]) -> int:
    """Do the work, and show how far it is; how many leads were done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=messages, transient=True) as progress:
        task = progress.add_task(title, total=total)
        work(lambda leads: progress.advance(task, leads))
        return int(progress.tasks[0].completed)
