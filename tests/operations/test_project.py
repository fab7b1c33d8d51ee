"""The project's own files: make targets, pinned packages, nothing that ties it to one machine."""

import re
import subprocess
import tomllib

from gateway import ROOT


def test_make_help_lists_every_target() -> None:
    targets = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"make ([a-z-]+) ", shown)) == set(targets)


def test_every_package_is_pinned_to_the_version_that_is_constrained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    lines = (ROOT / "gateway" / "constraints.txt").read_text().splitlines()
    constraints = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    for requirement in wanted:
        name, version = re.sub(r"\[.*\]", "", requirement).split("==")
        assert constraints[name.lower()] == version


def test_no_address_of_a_package_registry_is_written_down() -> None:
    for name in ("ui/package-lock.json", "ui/.npmrc", "gateway/constraints.txt", "pyproject.toml"):
        text = (ROOT / name).read_text()
        assert '"resolved"' not in text
        assert not re.search(r"https?://|index.url|registry\s*=", text)


UI = ROOT / "ui"
FLOORS = [
    "kit",
    "frame",
    "actions",
    "callers",
    "routing",
    "activities",
    "leads",
    "dashboard campaigns imports sources events people",
    "patterns",
]
OTHER_FILE = re.compile(r'(?:from|import) "(\.[^"]+)"|{% (?:extends|include|from) "([^"]+)"')


def test_pages_import_only_from_the_floors_below_them() -> None:
    floor = {folder: number for number, folders in enumerate(FLOORS) for folder in folders.split()}
    assert {path.name for path in UI.iterdir() if path.is_dir()} - {"static", "node_modules"} == {*floor}
    upward = []
    for path in (path for folder in floor for path in UI.glob(f"{folder}/*")):
        for relative, template in OTHER_FILE.findall(path.read_text()):
            other = (path.parent / relative if relative else UI / template).resolve()
            if other.parent != path.parent and floor.get(other.parent.name, 99) >= floor[path.parent.name]:
                upward.append(f"{path.relative_to(UI)} -> {other.relative_to(UI)}")
    assert upward == []
