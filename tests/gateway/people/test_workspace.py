"""/api/workspace."""

import httpx

from tests.gateway.conftest import fields_at_fault


def test_what_is_given_of_the_settings_is_changed_and_the_rest_stays(manager: httpx.Client) -> None:
    before = manager.get("/api/workspace").json()
    settings = {
        "timezone": "Asia/Kolkata",
        "country": "IN",
        "drains_queue": True,
        "leads_of_gone": "route",
        "leads_of_away": "keep",
    }
    assert {**before, **settings} == before
    name = f"{before['name']} renamed"
    changed = manager.patch("/api/workspace", json={"name": name, "drains_queue": False}).json()
    assert changed == {**before, "name": name, "drains_queue": False, "etag": changed["etag"]}
    assert manager.patch("/api/workspace", json={}).json() == changed
    assert manager.get("/api/workspace").json() == changed
    assert manager.get("/api/session").json()["workspace_name"] == name


def test_a_wrong_setting_is_refused_at_its_field(manager: httpx.Client) -> None:
    for field, value in [
        ("timezone", "Mars/Olympus"),
        ("timezone", None),
        ("name", ""),
        ("name", " "),
        ("drains_queue", 1),
        ("leads_of_gone", "burn"),
        ("leads_of_away", None),
        ("country", "US"),
    ]:
        response = manager.patch("/api/workspace", json={field: value})
        assert (field, value, response.status_code) == (field, value, 422)
        assert fields_at_fault(response) == [field]
