"""Imports point down, only the edges know asyncio, and the application and the simulator know nothing of each other."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LAYERS = (
    ("nouns", ("errors", "ids", "clock", "audio", "speech")),
    ("grammar", ("script", "journal", "pattern")),
    ("pure", ("jambonz", "vendors", "faults", "world.api", "world.backends", "world.audio_files", "world.phones", "scenario", "rules", "report")),
    (
        "edges",
        (
            "link",
            "webhook_link",
            "app_line",
            "audio_link",
            "model_link",
            "model_notes",
            "distant_model",
            "distant_server",
            "network",
            "pump",
            "process",
            "supervisor",
            "host",
            "factory",
            "deployment",
            "world.stubs",
            "world.proxy",
            "world.preload",
        ),
    ),
    ("stage", ("stage",)),
    ("modes", ("modes", "__main__")),
)
EDGES = (*(module for module in dict(LAYERS)["edges"] if module not in ("model_link", "model_notes")), "modes")
"""Who knows asyncio: between feature server and model there is no socket."""
SOCKETS = {"asyncio", "socket", "selectors", "ssl", "threading", "aiohttp", "websockets", "httpx", "requests", "urllib.request"}
WALL_CLOCK_AND_DICE = {"time", "random", "secrets", "uuid", "datetime"}
MAY_KNOW_DICE = ("ids", "network")
FILES = sorted((ROOT / "simulator").rglob("*.py"))


def module_of(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT / "simulator").with_suffix("").parts)
    return name.removesuffix(".__init__").replace("__init__", "")


def belongs(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(f"{prefix}.")


def rank(module: str) -> int | None:
    """The layer of a module; None for bare packages that hold siblings of several layers."""
    for number, (_, prefixes) in enumerate(LAYERS):
        if any(belongs(module, prefix) for prefix in prefixes):
            return number
    return None


def imported_by(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: module_of(path) or "simulator")
def test_imports_point_down(path: Path) -> None:
    module = module_of(path)
    own = rank(module)
    if own is None:
        assert module in ("", "world"), f"{module} belongs to no layer: name it in LAYERS"
        return
    for name in imported_by(path):
        if not name.startswith("simulator."):
            continue
        other = rank(name.removeprefix("simulator."))
        assert other is None or other <= own, f"{module} ({LAYERS[own][0]}) imports {name} ({LAYERS[other][0]}): imports point down"


@pytest.mark.parametrize("path", FILES, ids=lambda path: module_of(path) or "simulator")
def test_only_the_edges_know_sockets_and_loops(path: Path) -> None:
    module = module_of(path)
    if any(belongs(module, edge) for edge in EDGES):
        return
    known = {name for name in imported_by(path) if name in SOCKETS or name.partition(".")[0] in SOCKETS - {"urllib.request"}}
    assert not known, f"{module} imports {', '.join(sorted(known))}: decide in pure code, do at the edge"


@pytest.mark.parametrize("path", FILES, ids=lambda path: module_of(path) or "simulator")
def test_nobody_below_the_edges_reads_the_wall_clock_or_throws_dice(path: Path) -> None:
    module = module_of(path)
    if any(belongs(module, allowed) for allowed in (*EDGES, *MAY_KNOW_DICE)):
        return
    known = {name for name in imported_by(path) if name.partition(".")[0] in WALL_CLOCK_AND_DICE}
    assert not known - {"uuid.UUID", "random.Random"} - {"random"}, f"{module} imports {', '.join(sorted(known))}: be told the time and the dice"


@pytest.mark.parametrize(("folder", "stranger"), [("app", "simulator"), ("simulator", "app")])
def test_application_and_simulator_import_nothing_of_each_other(folder: str, stranger: str) -> None:
    for path in sorted((ROOT / folder).rglob("*.py")):
        strange = [name for name in imported_by(path) if name.partition(".")[0] == stranger]
        assert not strange, f"{path} imports {strange[0]}"


@pytest.mark.parametrize(
    "family", ["faults", "vendors.openai", "vendors.elevenlabs", "scenario.document", "scenario.shapes", "scenario.schema", "speech", "pump"]
)
def test_a_family_has_no_circle_of_imports(family: str) -> None:
    """Not even one that only a type checker would see: who needs whom can be read from bottom to top."""
    files = {module_of(path): path for path in FILES if belongs(module_of(path), family)}
    needs = {module: {name.removeprefix("simulator.") for name in imported_by(path)} & set(files) - {module} for module, path in files.items()}
    try:
        assert set(TopologicalSorter(needs).static_order()) == set(files)
    except CycleError as circle:
        pytest.fail(" needs ".join(reversed(circle.args[1])))
