"""Two workspaces with everything in them, for tests of who may do what."""

from __future__ import annotations

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.conftest import Connect
from tests.support import Workspace


class House:
    """Two workspaces with everything in them, and a way to act as somebody in the first."""

    def __init__(self, connect: Connect) -> None:
        self.connection = connect()
        self.other = self.furnish(Workspace.create(self.connection, name="Other"))
        self.one = self.furnish(Workspace.create(self.connection, name="One"))
        found = self.connection.execute("select id, caller_id from crm.users where caller_id is not null").fetchall()
        self.users = dict(found)

    def furnish(self, workspace: Workspace) -> Workspace:
        """Callers, one of them a user, who has a lead; a closed, a waiting and a merged lead; a rule of each kind."""
        user = self.connection.execute("select id from crm.users where workspace_id = %s", [workspace.id]).fetchone()
        assert user is not None
        kavita = workspace.caller("Kavita", "Goa", campaigns=["Diwali"], sources=[{"source": "Web", "weight": 2}])
        workspace.caller(
            "Ravi", "Kerala", daily_limit=1, campaigns=["diwali"], sources=[{"source": "Web", "weight": 0}]
        )
        self.connection.execute("update crm.users set caller_id = %s where id = %s", [kavita, user[0]])
        leads = [
            {"name": f"Lead {number}", "phone": f"+9110000{number:05}", "state": state}
            for number, state in enumerate(["Goa", "Kerala", "Goa", "Kerala"])
        ]
        answers = workspace.ingest(*leads)
        workspace.ingest({"name": "Again", "phone": "+911000000000"})
        ravi = self.connection.execute(
            "select id from crm.callers where workspace_id = %s and name = 'Ravi'", [workspace.id]
        ).fetchone()
        assert ravi is not None
        workspace.call("api.set_caller_status(%s, 'paused')", ravi[0])
        for number, is_held in enumerate((False, True)):  # the tick deals the first, and leaves the second in the queue
            workspace.call("api.set_caller_status(%s, 'paused')", kavita)
            waiting = workspace.ingest({"name": "Waiting", "phone": f"+91100000010{number}"})
            workspace.call("api.hold_lead(%s, %s)", waiting[0]["lead_id"], is_held)
            workspace.call("api.set_caller_status(%s, 'active')", kavita)
            self.connection.execute("select api.tick()")
        for answer in answers[:2]:
            called = Jsonb({"body": "Not now", "task": {"due_on": "2030-01-31"}})
            workspace.call("api.log_activity(%s, %s)", answer["lead_id"], called)
        workspace.call("api.merge_contacts(%s, %s, 'keep')", answers[2]["lead_id"], answers[1]["lead_id"])
        return workspace

    def act_as(self, role: str, workspace: Workspace | None = None) -> None:
        """For the rest of the transaction: the role, in the workspace, as its one user."""
        actor = self.connection.execute(
            "select id from crm.users where workspace_id = %s", [(workspace or self.one).id]
        ).fetchone()
        assert actor is not None
        self.connection.execute(
            """select set_config('fairlead.workspace_id', %s, true), set_config('fairlead.actor', %s, true),
                      set_config('role', %s, true)""",
            [str((workspace or self.one).id), f"user:{actor[0]}", f"fairlead_{role}"],
        )

    def attempt(self, role: str, statement: sql.Composable | str) -> str | list[tuple[object, ...]]:
        """What a statement gives to somebody of this role, or `denied` or its error; whatever it did is undone."""
        with self.connection.transaction(force_rollback=True):
            self.act_as(role)
            try:
                with self.connection.transaction():
                    return self.connection.execute(statement).fetchall()  # type: ignore[arg-type]
            except psycopg.errors.InsufficientPrivilege:
                return "denied"
            except psycopg.errors.ReadOnlySqlTransaction:
                raise
            except psycopg.Error as error:
                return str(error)
