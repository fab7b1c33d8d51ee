"""`fairlead import`: the page's engine from the command line; with sealing nothing of a file stands in the clear."""

import base64
from pathlib import Path

from tests.conftest import Connect
from tests.operations.conftest import Fairlead
from tests.support import Workspace

KEY = base64.b64encode(bytes(32)).decode()
FILE = (
    "First Name,Last Name,Mobile No.,Town,Score\n"
    "Meera,Joshi,98100 00001,Bombay,7\n"
    ",,,,\n"
    "Nikhil,,98100 00002,Pune,\n"
    ",,9.81E+09,Goa,\n"
    "Meera,J,98100 00001,Goa,1\n"
)


def test_a_file_is_imported_without_a_gateway_and_tells_what_came_of_it(
    fairlead: Fairlead, workspace: Workspace, tmp_path: Path
) -> None:
    for name in ("Asha", "Bilal"):
        workspace.caller(name)
    file = tmp_path / "leads.csv"
    file.write_text(FILE)
    chosen = ("--campaign", "Fair", "--caller", "Asha", "--caller", "Bilal", "--map", "external_id=Score")
    done = fairlead("import", str(file), "--yes", *chosen)
    assert "imported 2, duplicate 1, refused 1, queued 0" in done.stdout, done.stderr
    assert "row 5: Phone: It lacks the last digits" in done.stdout
    assert done.returncode == 1
    stored = "select name, phone, external_id, state, metadata from crm.leads order by id limit 1"
    assert workspace.connection.execute(stored).fetchone() == (
        "Meera Joshi",
        "+919810000001",
        "7",
        "Maharashtra",
        {"campaign": "Fair"},
    )
    again = fairlead("import", str(file), "--yes")
    assert "imported 0, duplicate 3, refused 1" in again.stdout
    odd = tmp_path / "odd.csv"
    odd.write_text("Name,Mobile,Alternate Number,DND\nAsha,,98100 00011,\nUma,NA,,\nOm,98100 00012,,yes\nTotal,3,,\n")
    told = fairlead("import", str(odd), "--yes").stderr
    assert "cannot be reached: row 3" in told, told
    assert "says not to call, left out: row 4" in told
    assert "a total, left out: row 5" in told
    taken = fairlead("import", str(odd), "--yes", "--accept", "do_not_call")
    assert "imported 1, duplicate 2, refused 0" in taken.stdout, taken.stderr
    assert "--accept x: it is one of hidden" in fairlead("import", str(odd), "--accept", "x").stderr
    asked = fairlead("import", str(file), "--caller", "Nobody")
    assert (asked.returncode, "there is Asha, Bilal" in asked.stderr) == (1, True)
    broken = tmp_path / "leads.xlsx"
    broken.write_bytes(b"%PDF-1.7")
    assert "This is a PDF" in fairlead("import", str(broken)).stderr


def test_with_sealing_no_phone_of_a_file_stands_in_the_clear(
    fairlead: Fairlead, workspace: Workspace, connect: Connect, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(FILE)
    # Nobody says yes: the file, its rows and the refused one stay as they are staged.
    asked = fairlead("import", str(file), FAIRLEAD_ENCRYPTION_KEYS=KEY)
    assert "4 rows: 2 new, 1 duplicates, 1 refused" in asked.stderr
    held = """select string_agg(encode(p.content, 'escape'), '') || string_agg(r::text, '')
              from crm.import_pieces p, crm.import_rows r"""
    text = str((connect().execute(held).fetchone() or ("",))[0])
    assert "sealed:" in text
    for secret in ("98100", "9810000001", "9.81E+09", "Mobile"):
        assert secret not in text
    done = fairlead("import", str(file), "--yes", FAIRLEAD_ENCRYPTION_KEYS=KEY)
    assert "imported 2, duplicate 1, refused 1" in done.stdout, done.stderr
    assert connect().execute(
        "select bool_and(phone ^@ 'sealed:' and sealed is not null) from crm.leads"
    ).fetchone() == (True,)
