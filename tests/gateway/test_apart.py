"""Workspaces apart: whatever one of another workspace is asked for or sent to, by its right id, it is not there."""

import httpx
import pytest
from psycopg.types.json import Jsonb

from gateway.http.examples import example_of
from tests.conftest import Connect
from tests.gateway.conftest import sign_in
from tests.gateway.http.test_contract import ENDPOINTS, PARAMETERS
from tests.gateway.imports.steps import upload
from tests.support import ADMIN, Gateway, Workspace

# These answer the same to everybody, or end what the caller itself has begun. A calendar's address is a secret, which
# is all that its reader needs.
OF_NO_WORKSPACE = {
    "/api/session",
    "/api/auth/token",
    "/api/auth/revoke",
    "/api/auth/link",
    "/api/auth/forgotten",
    "/api/events",
    "/calendar/{token}.ics",
    "/healthz",
    "/readyz",
}
# Which ids these are sent, and which of them tell what became of each: they are unknown, and nothing was done.
IDS_OF = {"/api/rules/order": "rule_id", "/api/leads/actions": "lead_id", "/api/callers/actions": "caller_id"}
ON_MANY = {"/api/leads/actions": "close", "/api/callers/actions": "pause"}
# What another workspace's ids are refused with: unknown, not permitted, of no use, or at odds with how things are.
REFUSED = {403, 404, 409, 422}


@pytest.fixture
def others(connect: Connect, gateway: Gateway) -> tuple[Workspace, dict[str, str]]:
    """Another workspace, and an id of each kind of thing in it."""
    other = Workspace.create(connect(), name="The others")
    connection = other.connection
    caller = other.caller("Bilal")
    campaign = other.call("api.create_campaign(%s)", Jsonb({"name": "Theirs"}))["id"]
    leads = other.ingest({"name": "Theirs", "phone": "+911000000007"}, {"name": "Theirs too"})
    found = connection.execute(
        """select u.email, u.id, (select id from crm.rules where workspace_id = %(w)s limit 1)
           from crm.users u where u.workspace_id = %(w)s""",
        {"w": other.id},
    ).fetchone()
    assert found is not None
    email, user, rule = found
    with httpx.Client(base_url=gateway.url, timeout=30) as them:
        sign_in(them, email, ADMIN[1])
        token = them.post("/api/tokens", json={"name": "Theirs"}).json()["id"]
        session = them.get("/api/sessions").json()["items"][0]["id"]
        webhook = {"kind": "webhook", "name": "Theirs", "address": "http://127.0.0.1:9/"}
        made = them.post("/api/destinations", json=webhook)
        assert made.status_code == 201, made.text
        destination = made.json()["destination"]["id"]
        sent = them.post(f"/api/destinations/{destination}/test").json()
        uploaded = upload(them, b"Name\nTheirs\n")["id"]
        disposition = them.get("/api/dispositions").json()["items"][2]["id"]  # call back
        call = {"disposition_id": disposition, "body": "Theirs", "task": {"due_at": "2030-01-31T15:00"}}
        logged = them.post(f"/api/leads/{leads[0]['lead_id']}/activities", json=call)
        assert logged.status_code == 201, logged.text
        view = them.post("/api/saved-views", json={"list": "leads", "name": "Theirs", "is_shared": True})
        assert view.status_code == 201, view.text
        closed = them.post("/api/leads/actions", json={"action": "close", "ids": [str(leads[1]["lead_id"])]})
        assert closed.json()["done"] == 1, closed.text
    alert = connection.execute(
        """insert into crm.alerts (workspace_id, id, alert, title, reason, details, raised_at)
           values (%s, 4711, 'all_at_cap', 'x', 'x', '{}', now()) returning id""",
        [other.id],
    ).fetchone()
    assert alert is not None
    browser = connection.execute(
        """insert into crm.push_subscriptions (workspace_id, user_id, endpoint, p256dh, auth, created_at)
           values (%s, %s, 'https://push.example.com/theirs', decode(repeat('04', 65), 'hex'),
             decode(repeat('00', 16), 'hex'), now()) returning id""",
        [other.id, user],
    ).fetchone()
    assert browser is not None
    return other, {
        "lead_id": str(leads[0]["lead_id"]),
        "caller_id": caller,
        "rule_id": str(rule),
        "campaign_id": str(campaign),
        "source_id": str(other.source_id),
        "user_id": str(user),
        "session_id": session,
        "token_id": token,
        "destination_id": str(destination),
        "seq": str(sent["seq"]),
        "import_id": uploaded,
        "number": "0",
        "alert_id": str(alert[0]),
        "disposition_id": str(disposition),
        "activity_id": logged.json()["activity"]["id"],
        "task_id": logged.json()["task"]["id"],
        "view_id": str(view.json()["id"]),
        "action_id": closed.json()["id"],
        "subscription_id": str(browser[0]),
    }


def test_no_endpoint_shows_or_changes_what_is_another_workspaces(
    manager: httpx.Client, others: tuple[Workspace, dict[str, str]]
) -> None:
    other, ids = others
    before = everything_of(other)
    attempts = 0
    for (method, path), endpoint in ENDPOINTS.items():
        if path in OF_NO_WORKSPACE:
            continue
        body = None if endpoint.body is None else example_of(endpoint.body)
        if isinstance(body, dict):
            body |= {name: int(ids[name]) if isinstance(body[name], int) else ids[name] for name in ids if name in body}
            body |= {"into": ids["lead_id"]} if "into" in body else {}
            body |= {"requires_factor": False} if "requires_factor" in body else {}  # it would shut out who asks
            body |= {"ids": [ids[IDS_OF[path]]]} if "ids" in body else {}
            body |= {"action": ON_MANY[path], "dry_run": False} if path in ON_MANY else {}
            body |= {"callers": []} if path == "/api/leads/actions" else {}
        assert PARAMETERS[path].keys() <= ids.keys(), f"{path} is tried with an id of another workspace"
        response = manager.request(method, path.format(**ids), json=body)
        attempts += 1
        if PARAMETERS[path]:
            assert response.status_code in REFUSED, (method, path, response.status_code, response.text[:200])
        unknown = [ids[IDS_OF[path]]] if path in ON_MANY else []
        if unknown:
            assert response.status_code == 200, (path, response.text)
            done = response.json()
            assert (done["done"], done["left_out"]) == (0, [{"why": "unknown", "count": 1, "ids": unknown}]), path
        for kind, value in ids.items():
            if not value.isdigit() and value not in unknown:
                shown = response.text.replace(path.format(**ids), "") if response.status_code < 300 else ""
                assert value not in shown, (method, path, kind)
    for question in (
        f"/api/leads?caller={ids['caller_id']}",
        f"/api/leads?campaign_id={ids['campaign_id']}",
        "/api/leads?after=ffffffff-ffff-7fff-bfff-ffffffffffff&search=Theirs",
        f"/api/audit?lead_id={ids['lead_id']}",
        f"/api/audit?caller_id={ids['caller_id']}",
        f"/api/deliveries?destination_id={ids['destination_id']}",
        f"/api/tasks?caller_id={ids['caller_id']}",
    ):
        assert manager.get(question).json()["items"] == [], question
        attempts += 1
    given = {"action": "reassign", "how": "turns", "callers": [ids["caller_id"]], "filter": {}}
    assert manager.post("/api/leads/actions", json=given).status_code in REFUSED
    for list_ in ("/api/search?q=Theirs", "/api/saved-views", "/api/actions"):
        assert "Theirs" not in manager.get(list_).text, list_
    assert ids["action_id"] not in manager.get("/api/actions").text
    assert everything_of(other) == before
    print(f"{attempts} attempts on another workspace, all refused")


def everything_of(workspace: Workspace) -> object:
    """What could have changed of a workspace: its events, its people, its tokens, what was done."""
    return workspace.connection.execute(
        """select (select event_seq from crm.workspaces where id = %(w)s),
             (select array_agg(u order by u.id) from crm.users u where u.workspace_id = %(w)s),
             (select array_agg(s.id order by s.id) from crm.sessions s where s.workspace_id = %(w)s),
             (select array_agg(k order by k.generation) from crm.source_keys k where k.workspace_id = %(w)s),
             (select array_agg(i order by i.id) from crm.imports i where i.workspace_id = %(w)s),
             (select array_agg(l order by l.id) from crm.leads l where l.workspace_id = %(w)s),
             (select array_agg(c order by c.id) from crm.callers c where c.workspace_id = %(w)s),
             (select array_agg(d order by d.id) from crm.dispositions d where d.workspace_id = %(w)s),
             (select array_agg(a order by a.id) from crm.activities a where a.workspace_id = %(w)s),
             (select array_agg(t order by t.id) from crm.tasks t where t.workspace_id = %(w)s),
             (select array_agg(v order by v.id) from crm.saved_views v where v.workspace_id = %(w)s),
             (select array_agg(b order by b.id) from crm.bulk_actions b where b.workspace_id = %(w)s),
             (select array_agg(p order by p.id) from crm.push_subscriptions p where p.workspace_id = %(w)s),
             (select array_agg(a.acknowledged_by order by a.id) from crm.alerts a where a.workspace_id = %(w)s)""",
        {"w": workspace.id},
    ).fetchall()
