"""The endpoints of a record: what people list, make, read, edit and archive.

    caller = Record(callers, "caller", "/callers/{caller_id:uuid}", Caller, CallerInput)
    caller.list("List the callers.", "Those not archived.")
    caller.create("Add a caller.")
    caller.get("Read a caller.")
    caller.replace("Replace a caller.")
    caller.archive("Archive a caller.")

Each calls a function of schema `api`: list_callers(), create_caller(jsonb), get_caller(id), update_caller(id, jsonb),
archive_caller(id). An edit takes If-Match. A record may be sent back as it was read: what only the server decides is
left aside. Without words a method decorates a handler that does more, as those of Endpoints do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.http.endpoints import Endpoints
from gateway.http.handling import Handler
from gateway.http.shapes import Items

Declare = Callable[[Handler], Handler]
LIST: Any = Items


class Record:
    """One kind of record at `path`, which ends with its id.

    `shape` is what is answered, `listed` in a list and `changed` after an edit, if that says more. `takes` is what
    people write. `kind` is what the database calls it. It may be below another: `/leads/{lead_id}/notes/{note_id}`.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        kind: str,
        path: str,
        shape: Any,
        takes: Any = None,
        *,
        listed: Any = None,
        changed: Any = None,
    ) -> None:
        self._endpoints = endpoints
        self._kind = kind
        self._path = path
        self._all, _, last = path.rpartition("/")
        self._id = last[1:-1].partition(":")[0]
        self._shape = shape
        self._takes = takes
        self._changed = changed or shape
        self._listed = listed or shape
        shapes = (shape, self._listed, self._changed)
        self._answered = {name for one in shapes for name in one.__struct_encode_fields__}

    def list(self, *says: str, **more: Any) -> Declare:
        """GET of all there are."""
        more = {"answers": LIST[self._listed], **more}
        return self._declare("GET", "", says, f"list_{self._kind}s", more, self._all)

    def create(self, *says: str, **more: Any) -> Declare:
        """POST of a new one."""
        made = {"body": self._takes, "answers": self._shape, "status": 201, "location": "id", **more}
        made.setdefault("ignored", self._decided_here(made["body"]))
        return self._declare("POST", "", says, f"create_{self._kind}", made, self._all)

    def get(self, *says: str, **more: Any) -> Declare:
        """GET of one."""
        return self._declare("GET", "", says, f"get_{self._kind}", {"answers": self._shape, **more})

    def replace(self, *says: str, **more: Any) -> Declare:
        """PUT of one as it is to be."""
        edit = {"body": self._takes, **more}
        edit.setdefault("ignored", self._decided_here(edit["body"]))
        return self._edit("PUT", "", says, f"update_{self._kind}", edit)

    def change(self, *says: str, **more: Any) -> Declare:
        """PATCH of what is to be different."""
        return self._edit("PATCH", "", says, f"update_{self._kind}", more)

    def archive(self, *says: str, **more: Any) -> Declare:
        """DELETE of one, which stays to be read."""
        gone = {} if "answers" in more else {"answers": None, "status": 204}
        return self._edit("DELETE", "", says, f"archive_{self._kind}", {**gone, **more})

    def put(self, path: str, *says: str, **more: Any) -> Declare:
        """PUT of a part of one, at `path` below its own."""
        return self._edit("PUT", path, says, "", more)

    def patch(self, path: str, *says: str, **more: Any) -> Declare:
        """PATCH of a part of one, at `path` below its own."""
        return self._edit("PATCH", path, says, "", more)

    def post(self, path: str, *says: str, **more: Any) -> Declare:
        """POST of what is to be done to one, at `path` below its own."""
        return self._edit("POST", path, says, "", more)

    def delete(self, path: str, *says: str, **more: Any) -> Declare:
        """DELETE of a part of one, at `path` below its own."""
        return self._edit("DELETE", path, says, "", more)

    def _edit(self, method: str, path: str, says: tuple[str, ...], calls: str, more: dict[str, Any]) -> Declare:
        """An edit may find that things are not as they would have to be: 409."""
        edit = {"answers": self._changed, "edits": self._kind, "edited": self._id, "problems": [409], **more}
        return self._declare(method, path, says, calls, edit)

    def _declare(
        self, method: str, path: str, says: tuple[str, ...], calls: str, more: dict[str, Any], below: str | None = None
    ) -> Declare:
        if says:
            more = {"calls": calls, **more}
        return self._endpoints.endpoint(method, (self._path if below is None else below) + path, *says, **more)

    def _decided_here(self, body: Any) -> frozenset[str]:
        return frozenset(self._answered.difference(body.__struct_encode_fields__))
