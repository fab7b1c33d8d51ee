"""The audit says every event in words."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
# What looks like the kind of an event, and is the name of a setting or a function, of a column, or a field in an error.
OTHERS = {"l", "o", "s", "crm", "core", "routing", "api", "report", "pg_catalog", "fairlead", "form", "condition"}


def written_kinds() -> set[str]:
    """The kinds of events that sql/ writes: those that stand there, and what becomes of records."""
    sql = "\n".join(path.read_text() for path in sorted((ROOT / "sql").rglob("*.sql")))
    spelled = {kind for kind in re.findall(r"'([a-z_]+\.[a-z_]+)'", sql) if kind.partition(".")[0] not in OTHERS}
    records = re.findall(r"core\.make_record\(\s*'[\w.]+', '(\w+)'", sql)
    named = sql.partition("create function core.name_change")[2].partition("end;")[0]
    verbs = {*re.findall(r"(?:then|else) '(\w+)'", named), *re.findall(r"p_end => '(\w+)'", sql), "archived"}
    return spelled | {f"{record}.{verb}" for record in records for verb in verbs}


def test_every_kind_of_event_that_is_written_is_said_in_words() -> None:
    kinds = sorted(written_kinds())
    assert {"lead.assigned", "user.disabled", "source.rotated", "destination.archived", "import.started"} <= set(kinds)
    program = (
        "import { inWords } from './ui/events/kinds.js';"
        "console.log(JSON.stringify(JSON.parse(process.argv[1]).filter((kind) => !inWords(kind).isKnown)));"
    )
    command = ["node", "--input-type=module", "-e", program, json.dumps(kinds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=ROOT)
    assert json.loads(done.stdout) == [], "ui/events/kinds.js has no word for these"
