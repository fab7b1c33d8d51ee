"""The templates of pages and mails, and the address of what pages are made of."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import jinja2
from starlette.templating import Jinja2Templates

from gateway import ROOT

UI = ROOT / "ui"
STATIC = UI / "static"


@cache
def templates() -> Jinja2Templates:
    """The templates of all pages. `static(path)` in them is the address of a script, style or picture."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(UI),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    static = static_path()
    environment.globals["static"] = lambda path: f"{static}/{path}"
    return Jinja2Templates(env=environment)


@cache
def static_path() -> str:
    """Where the files of ui/static are served: each release has a path of its own."""
    return f"/static/{_digest(STATIC)}"


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
