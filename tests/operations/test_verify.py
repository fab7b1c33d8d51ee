"""The command `verify`: proof for people, and the seal to note elsewhere."""

import re

from tests.conftest import Connect
from tests.operations.conftest import Fairlead
from tests.support import Workspace


def test_a_record_is_proved_and_a_noted_seal_found_again(
    fairlead: Fairlead, workspace: Workspace, connect: Connect
) -> None:
    assert "nothing is sealed yet" in fairlead("verify").stdout
    workspace.caller("Asha")
    workspace.call("api.tick()")
    proved = fairlead("verify")
    assert proved.returncode == 0, proved.stderr
    assert "Everything adds up." in proved.stdout
    seal = re.search(r"Test: newest seal (\d+:\d+:[0-9a-f]{64})\n", proved.stdout)
    assert seal
    workspace.ingest({"name": "Meera"})
    workspace.call("api.tick()")
    assert fairlead("verify", "--expect", seal[1]).returncode == 0
    for nonsense in ("1:2", "x:1:" + "a" * 64, f"{seal[1]}0"):
        assert fairlead("verify", "--expect", nonsense).returncode == 2

    # Whoever may do anything rewrites the log and its seals: all adds up, but for what was noted.
    forger = connect()
    forger.execute("set session_replication_role = replica")
    forger.execute("update crm.events set actor = 'nobody' where seq = 2")
    found = fairlead("verify")
    assert found.returncode == 1
    assert "an event or its seal was altered" in found.stdout
    assert f"{workspace.id}" in found.stdout
    assert "Everything adds up" not in found.stdout
    forger.execute("delete from crm.event_seals")
    workspace.call("api.tick()")
    assert fairlead("verify").returncode == 0
    missed = fairlead("verify", "--expect", seal[1])
    assert missed.returncode == 1
    assert f"The seal {seal[1]} is not part of the log any more." in missed.stdout


def test_only_the_workspace_asked_for_is_reported(fairlead: Fairlead, workspace: Workspace, connect: Connect) -> None:
    second = Workspace.create(connect(), name="Second")
    forger = connect()
    forger.execute("set session_replication_role = replica")
    forger.execute("delete from crm.events where workspace_id = %s and seq = 1", [second.id])
    assert fairlead("verify", "--workspace", "Test").returncode == 0
    found = fairlead("verify", "--workspace", "Second")
    assert (found.returncode, "event numbers are missing" in found.stdout) == (1, True)
    assert fairlead("verify", "--workspace", "Third").returncode == 1
