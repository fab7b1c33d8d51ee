"""The commands that look into the database or change who is in it."""

import json
from dataclasses import replace

import argon2
import pytest

from gateway.commands.first_run import first_run
from gateway.core.settings import Settings, SettingsError
from gateway.core.tokens import token_hash
from gateway.database.administration import administration
from gateway.intake.sources import signing_secret
from tests.conftest import Connect
from tests.operations.conftest import Fairlead
from tests.support import ADMIN, SECRET_KEY, Workspace


def test_psql_gets_what_follows_the_dashes(fairlead: Fairlead) -> None:
    done = fairlead("psql", "--", "-Atc", "select 1 + 1")
    assert (done.stdout, done.returncode) == ("2\n", 0)


def test_psql_passes_its_exit_code_on(fairlead: Fairlead) -> None:
    done = fairlead("psql", "--", "-v", "ON_ERROR_STOP=1", "-f", "/nonexistent")
    assert done.returncode == 1
    assert "/nonexistent" in done.stderr


def test_a_new_source_can_hand_leads_in(fairlead: Fairlead, workspace: Workspace, connect: Connect) -> None:
    made = json.loads(fairlead("source", "create", "Ads", "--json").stdout)
    found = connect().execute(
        "select source_id, name from api.find_source(sha256(%s::bytea))", [made["token"].encode()]
    )
    assert found.fetchone() == (made["id"], "Ads")
    assert made["secret"] == signing_secret(SECRET_KEY.encode(), made["id"])


def test_sources_are_listed_rotated_and_revoked_by_name(
    fairlead: Fairlead, workspace: Workspace, connect: Connect
) -> None:
    made = json.loads(fairlead("source", "create", "Ads", "--json").stdout)
    rotated = json.loads(fairlead("source", "rotate", "Ads", "--overlap", "2", "--json").stdout)
    assert rotated["id"] == made["id"]
    assert rotated["secret"] == signing_secret(SECRET_KEY.encode(), made["id"], 2) != made["secret"]
    both = "select f.generation from unnest(%s::text[]) t, api.find_source(sha256(t::bytea)) f"
    assert connect().execute(both, [[made["token"], rotated["token"]]]).fetchall() == [(1,), (2,)]
    assert "old key until" in fairlead("source", "list").stdout
    assert "fl_" in fairlead("source", "rotate", "Ads", "--overlap", "0").stdout
    assert connect().execute(both, [[made["token"], rotated["token"]]]).fetchall() == []
    assert fairlead("source", "revoke", "Ads").stdout == "Ads is revoked\n"
    (line,) = [line for line in fairlead("source", "list").stdout.splitlines() if "Ads" in line]
    assert "revoked" in line
    again = fairlead("source", "revoke", "Ads")
    assert again.returncode == 1
    assert "there is no source Ads" in again.stderr


def test_a_source_for_people_shows_the_line_to_paste(fairlead: Fairlead, workspace: Workspace) -> None:
    shown = fairlead("source", "create", "Ads").stdout
    assert "fl_" in shown
    assert "whsec_" in shown
    assert "curl http" in shown


def test_a_name_taken_already_is_refused_in_words(fairlead: Fairlead, workspace: Workspace) -> None:
    fairlead("source", "create", "Ads")
    again = fairlead("source", "create", "Ads")
    assert again.returncode == 1
    assert "Ads" in again.stderr
    assert "Traceback" not in again.stderr


def test_the_workspace_must_be_named_when_there_are_several(
    fairlead: Fairlead, workspace: Workspace, connect: Connect
) -> None:
    Workspace.create(connect(), name="Second")
    unnamed = fairlead("source", "create", "Ads")
    assert unnamed.returncode == 1
    assert "Second" in unnamed.stderr
    assert fairlead("source", "create", "Ads", "--workspace", "Second").returncode == 0


def test_a_caller_is_added_with_states_as_people_write_them(fairlead: Fairlead, workspace: Workspace) -> None:
    words = ["--name", "Asha", "--state", "MH", "--state", "goa", "--limit", "20", "--language", "Marathi"]
    done = fairlead("caller", "add", *words)
    assert "Goa, Maharashtra" in done.stdout, done.stderr
    (caller,) = workspace.call("api.list_callers()")
    assert caller["daily_limit"] == 20
    assert caller["languages"] == ["Marathi"]


def test_a_caller_of_an_unknown_state_is_refused_in_words(fairlead: Fairlead, workspace: Workspace) -> None:
    done = fairlead("caller", "add", "--name", "Asha", "--state", "Atlantis")
    assert done.returncode == 1
    assert "Atlantis" in done.stderr
    assert workspace.call("api.list_callers()") == []


def test_a_user_is_added_and_given_another_password(fairlead: Fairlead, workspace: Workspace, connect: Connect) -> None:
    assert fairlead("user", "add", "--email", "Uma@fairlead.example", "--name", "Uma").returncode == 0
    hashes = "select password_hash, role from api.find_user('uma@fairlead.example')"
    before = connect().execute(hashes).fetchone()
    assert before is not None
    assert before[0].startswith("$argon2id$")
    assert before[1] == "manager"
    assert fairlead("user", "password", "uma@fairlead.example").returncode == 0
    assert connect().execute(hashes).fetchone() != before
    assert "nobody@" in fairlead("user", "password", "nobody@fairlead.example").stderr


def test_a_person_is_invited_by_a_link(fairlead: Fairlead, workspace: Workspace, connect: Connect) -> None:
    words = ["--email", "Ila@fairlead.example", "--name", "Ila", "--role", "caller"]
    done = fairlead("user", "invite", *words)
    assert done.returncode == 0, done.stderr
    page, token = done.stdout.strip().split("#")
    assert page.endswith("/welcome")
    found = connect().execute("select email, state from api.find_link(%s)", [token_hash(token)]).fetchone()
    assert found == ("ila@fairlead.example", "made")
    assert "has this address already" in fairlead("user", "invite", *words).stderr


def test_an_operator_makes_a_workspace_whose_admin_can_sign_in(fairlead: Fairlead, connect: Connect) -> None:
    words = ["--email", "Ann@fairlead.example", "--timezone", "America/New_York", "--country", "US"]
    done = fairlead("workspace", "create", "Acme", *words)
    assert done.returncode == 0, done.stderr
    password = done.stdout.split()[-1]
    found = connect().execute("select workspace_id, role, password_hash from api.find_user('ann@fairlead.example')")
    [(number, role, stored)] = found.fetchall()
    assert role == "admin"
    assert argon2.PasswordHasher().verify(stored, password)
    assert fairlead("workspace", "list").stdout == f"{number}  Acme\n"
    again = fairlead("workspace", "create", "Other", "--email", "ann@fairlead.example")
    assert again.returncode == 1
    assert fairlead("workspace", "list").stdout == f"{number}  Acme\n", "a workspace without an admin was left behind"
    assert "timezone" in fairlead("workspace", "create", "Mars", "--email", "m@x", "--timezone", "Mars").stderr


def test_a_person_is_disabled_enabled_and_given_another_role(
    fairlead: Fairlead, workspace: Workspace, connect: Connect
) -> None:
    fairlead("user", "add", "--email", "uma@fairlead.example", "--name", "Uma")
    state = "select role, disabled_at is not null from crm.users where email = 'uma@fairlead.example'"
    for words, expected in [
        (["role", "Uma@fairlead.example", "analyst"], ("analyst", False)),
        (["disable", "uma@fairlead.example"], ("analyst", True)),
        (["enable", "uma@fairlead.example"], ("analyst", False)),
    ]:
        done = fairlead("user", *words)
        assert (words, done.returncode, done.stderr) == (words, 0, "")
        assert connect().execute(state).fetchone() == expected
    last = fairlead("user", "disable", "admin@fairlead.example")
    assert last.returncode == 1
    assert "last admin" in last.stderr
    assert "nobody@" in fairlead("user", "disable", "nobody@fairlead.example").stderr


def test_a_lost_second_factor_is_taken_off(fairlead: Fairlead, workspace: Workspace, connect: Connect) -> None:
    database = connect()
    database.execute(
        """insert into crm.user_factors (workspace_id, user_id, secret, began_at, confirmed_at)
           select workspace_id, id, '0123456789abcdef', now(), now() from crm.users"""
    )
    assert "the password alone" in fairlead("user", "remove-factor", ADMIN[0]).stdout
    assert database.execute("select from crm.user_factors").rowcount == 0
    found = database.execute("select actor from crm.events where kind = 'user.factor_removed'").fetchall()
    assert found == [("cli",)]
    assert "has no second factor" in fairlead("user", "remove-factor", ADMIN[0]).stderr


def test_the_first_admin_s_password_is_not_one_that_is_guessed_first(database_url: str, connect: Connect) -> None:
    settings = Settings.from_environment({"FAIRLEAD_SECRET_KEY": SECRET_KEY, "FAIRLEAD_ADMIN_PASSWORD": "password1234"})
    with administration(database_url) as admin:
        with pytest.raises(SettingsError, match="FAIRLEAD_ADMIN_PASSWORD"):
            first_run(admin, settings, with_samples=False)
        assert connect().execute("select from crm.workspaces").rowcount == 0
        assert first_run(admin, replace(settings, admin_password="three wet umbrellas"), with_samples=False)


def test_a_database_out_of_reach_is_told_in_words(fairlead: Fairlead) -> None:
    done = fairlead("source", "create", "Ads", FAIRLEAD_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_not_migrated_is_told_in_words(fairlead: Fairlead, connect: Connect) -> None:
    connect().execute("drop schema api cascade")
    assert "fairlead migrate" in fairlead("source", "create", "Ads").stderr
