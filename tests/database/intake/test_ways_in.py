"""There is one way in: however a row gets into crm.leads, it is prepared and dealt."""

from tests.conftest import Connect
from tests.support import Workspace

FATES = "select name, caller_name, state, assignment_reason from core.lead_cards order by id"


def test_copied_leads_are_dealt_like_all_others(connect: Connect, workspace: Workspace) -> None:
    workspace.caller("Kavita", "Goa")
    workspace.caller("Ravi", "Goa")
    connection = connect()
    with connection.cursor().copy("copy crm.leads (workspace_id, name, state) from stdin") as copy:
        for name in ("a", "b", "c"):
            copy.write_row((workspace.id, name, " goa"))
    assert connection.execute(FATES).fetchall() == [
        ("a", "Kavita", "Goa", "Goa round robin"),
        ("b", "Ravi", "Goa", "Goa round robin"),
        ("c", "Kavita", "Goa", "Goa round robin"),
    ]
    assert connection.execute("select * from routing.verify()").fetchall() == []


def test_an_insert_that_leaves_out_duplicates_deals_the_rest(connect: Connect, workspace: Workspace) -> None:
    workspace.caller("Kavita")
    workspace.caller("Ravi")
    connection = connect()
    insert = """insert into crm.leads (workspace_id, name, source_row_id)
                select %s, 'lead ' || nr, nr from generate_series(1, %s) nr on conflict do nothing"""
    assert connection.execute(insert, [workspace.id, 2]).rowcount == 2
    assert connection.execute(insert, [workspace.id, 4]).rowcount == 2
    assert [caller for _, caller, *_ in connection.execute(FATES)] == ["Kavita", "Ravi", "Kavita", "Ravi"]
    assert connection.execute("select * from routing.verify()").fetchall() == []


def test_an_insert_of_nothing_is_fine(connect: Connect, workspace: Workspace) -> None:
    connection = connect()
    before = workspace.call("api.last_event(%s)", workspace.id)
    connection.execute("insert into crm.leads (workspace_id) select 1 where false")
    assert workspace.call("api.last_event(%s)", workspace.id) == before
