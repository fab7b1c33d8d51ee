"""Fairlead's gateway: authenticates, forwards to PostgreSQL, streams. The routing itself is SQL, in `sql/`.

A room for each subject. Imports go down only; rooms of one line do not know each other. `make lint` checks it.

    cli, commands             the command `fairlead`
    app                       everything put together; metrics: what is counted of it
    imports, events, actions  files of leads; feed, audit log, alerts, deliveries; what is done to many at once
    activities                what people do with leads, what comes of it, tasks
    leads                     lists, one lead, exports
    intake, routing           how leads come in; callers, rules, campaigns, reports
    dashboard, pages          figures; the frames of the pages
    people                    sessions, tokens, second factors, users, the workspace
    sealing                   phones and e-mails, sealed and opened
    http                      how endpoints are declared, read, answered and described
    database                  the way to PostgreSQL: calls, migrations, the embedded server
    core                      settings, problems, logs, times, conditions: what every room may use

An endpoint stands in its subject's room, beside the shapes of what it reads and answers (`shapes.py` where they are
many). Most pass a call on to a function of schema `api`: `http/endpoints` and `http/records` say how. `app` names what
each module declares; `pages/navigation` names the pages, and for whom they are.

A lead comes in by `intake/webhook`, is read by `intake/lead`, sealed, batched by `intake/batcher`, and stored by one
call of `database/calls`. `events/feed` reads what happens then, and sends it to the pages that watch. `imports/child`
is a process of its own, without database and network, because it opens files of strangers.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds `sql/`, `migrations/` and `ui/` (the package is installed in place)."""
