"""The first start: a workspace, its admin and a source, so that the printed command posts a lead at once."""

import json
import shlex
from dataclasses import dataclass

from gateway.commands.samples import add_sample_callers
from gateway.core.settings import Settings, SettingsError
from gateway.database.administration import Administration, NewSource
from gateway.people.passwords import HINT, new_password, password_hash, weakness_of

WORKSPACE = "Fairlead"
TIMEZONE = "Asia/Kolkata"
COUNTRY = "IN"
# No Indian area or mobile code begins with 10: the number is nobody's.
EXAMPLE_LEAD = {"name": "Meera Joshi", "phone": "+91 10000 00001", "city": "Pune", "lead_source": "Website"}


@dataclass(frozen=True)
class FirstRun:
    """What was made, to be shown once. `password` is None if it was given by FAIRLEAD_ADMIN_PASSWORD."""

    email: str
    password: str | None
    source: NewSource
    sample_callers: int


def first_run(admin: Administration, settings: Settings, *, with_samples: bool) -> FirstRun | None:
    """Make the first workspace with all that belongs to it; None if there is a workspace already.

    Raises SettingsError if the password in the environment is easy to guess.
    """
    if admin.workspaces():
        return None
    generated = None if settings.admin_password else new_password()
    about = (settings.admin_email, WORKSPACE)
    if settings.admin_password and (weakness := weakness_of(settings.admin_password, about)):
        raise SettingsError(f"FAIRLEAD_ADMIN_PASSWORD cannot be used. {weakness} {HINT}")
    hashed = password_hash(settings.admin_password or generated or "")
    with admin.transaction():
        workspace = admin.call("create_workspace", WORKSPACE, TIMEZONE, COUNTRY)
        admin.call("create_user", workspace, settings.admin_email.lower(), "Admin", "admin", hashed)
        source = admin.create_source(workspace, "Webhook")
        samples = add_sample_callers(admin, workspace) if with_samples else 0
    return FirstRun(settings.admin_email, generated, source, samples)


def curl(url: str, token: str) -> str:
    """One line for a shell that posts a lead."""
    words = ["curl", f"{url}/api/leads/webhook", "-H", f"Authorization: Bearer {token}"]
    return shlex.join([*words, "-H", "Content-Type: application/json", "-d", json.dumps(EXAMPLE_LEAD)])
