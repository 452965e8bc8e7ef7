"""Applications in a folder, seen in its files without running any of them.

What is found is a guess with its evidence; whoever plays a call against it (`init`) knows.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAX_FILES = 2_000
MAX_FILE_BYTES = 500_000
MAX_DEPTH = 6
"""What is looked at of a folder: an application's own sources are few, small and near."""

NOT_LOOKED_INTO = {"node_modules", "venv", "env", "site-packages", "dist", "build", "tests", "test", "__pycache__"}
PYTHON_SERVERS = {"aiohttp", "websockets", "jambonz_sdk"}
NODE_SERVERS = {"ws", "websocket", "@jambonz/sdk", "@jambonz/node-client-ws", "socket.io", "fastify", "express", "@jambonz/node-client"}
NODE_WEBSOCKETS = NODE_SERVERS - {"fastify", "express", "@jambonz/node-client"}
KEY_NAME = re.compile(r"\b(?!JAMBONZ_)[A-Z][A-Z0-9_]{0,40}_API_KEY\b")


@dataclass(frozen=True, slots=True)
class Found:
    """One application: `app` as the configuration has it (`module:factory`, or the table of a command), and where it was seen."""

    app: str | Mapping[str, Any]
    evidence: str
    paths: tuple[str, ...] = ("/",)
    """Where its websocket or webhook may be, likeliest first."""
    transport: str = "ws"
    port: str = "${PORT}"
    """Of a command: where it listens; `${PORT}` where it can be told."""
    keys: tuple[str, ...] = ()
    """Names of environment variables that hold its API keys."""

    def settings(self, path: str) -> dict[str, Any]:
        """What the configuration says of it, when it is served at `path`."""
        if not isinstance(self.app, str):
            return {"app": {**self.app, "url": f"{self.transport}://127.0.0.1:{self.port}{path}"}}
        return {"app": self.app, "path": path} | ({} if self.transport == "ws" else {"transport": self.transport})

    def __str__(self) -> str:
        return self.app if isinstance(self.app, str) else shlex.join(self.app["command"])


@dataclass(slots=True)
class Sources:
    """What the files of a folder say together: routes and handlers are seldom in one file."""

    folder: Path
    python: dict[Path, ast.Module] = field(default_factory=dict)
    script: dict[Path, str] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)


def applications(folder: Path) -> list[Found]:
    """All applications that `folder` seems to hold, likeliest first: those that can be loaded here, then commands."""
    sources = _read(folder)
    keys = tuple(sorted(sources.keys))
    routes = _Routes(sources)
    found = [*_python(sources, routes, keys), *_node(sources, keys)]
    return sorted(found, key=lambda one: (not isinstance(one.app, str), one.transport != "ws"))


def _read(folder: Path) -> Sources:
    sources = Sources(folder)
    for path in _files(folder):
        with suppress(OSError, UnicodeDecodeError):
            if path.stat().st_size > MAX_FILE_BYTES:
                continue
            text = path.read_text(encoding="utf-8")
            sources.keys.update(KEY_NAME.findall(text))
            if path.suffix != ".py":
                sources.script[path] = text
                continue
            with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                sources.python[path] = ast.parse(text)
    return sources


def _files(folder: Path) -> Iterator[Path]:
    count = 0
    for directory, names, files in os.walk(folder):
        deep = len(Path(directory).relative_to(folder).parts) >= MAX_DEPTH
        names[:] = [] if deep else sorted(name for name in names if name[0] != "." and name not in NOT_LOOKED_INTO)
        for name in sorted(files):
            if name.endswith((".py", ".js", ".mjs", ".cjs", ".ts")) and not name.startswith("test_"):
                count += 1
                if count > MAX_FILES:
                    return
                yield Path(directory, name)


PORT_NAME = re.compile(r"""\benv(?:iron)?(?:\.|\[['"]|\.get\(['"]|\(['"])([A-Z_]*PORT)\b""")
FIXED_PORT = re.compile(r"\.listen\(\s*(\d{2,5})|\bport\s*[:=]\s*(\d{2,5})")


def _program(words: list[str], text: str, about: Mapping[str, Any]) -> Found:
    """A command whose sources are `text`: it reads its port from the environment, under PORT or another name, or has a fixed one."""
    named = PORT_NAME.findall(text)
    fixed = next((one or other for one, other in FIXED_PORT.findall(text)), None)
    table: dict[str, Any] = {"command": words} | ({"env": {named[0]: "${PORT}"}} if named and "PORT" not in named else {})
    return Found(table, port=fixed if fixed is not None and not named else "${PORT}", **about)


# --- Python


class _Routes:
    """Which paths the Python sources serve, and by which kind of handler."""

    def __init__(self, sources: Sources) -> None:
        self.sockets: list[str] = []
        self.others: list[str] = []
        trees = sources.python.values()
        upgrading = {
            node.name
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and "WebSocketResponse" in _names(node)
        }
        for tree in trees:
            constants = _constants(tree)
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    self._look_at(node, upgrading, constants)

    def _look_at(self, call: ast.Call, upgrading: set[str], constants: Mapping[str, str]) -> None:
        name = _called(call)
        arguments = [*call.args, *(one.value for one in call.keywords if one.arg == "path")]
        path = next((found for one in arguments if (found := _text(one, constants)) and found.startswith("/")), None)
        if path is None:
            return
        handled_by = {_last_name(one) for one in call.args} | {_last_name(one.value) for one in call.keywords}
        if name in ("websocket", "add_websocket_route") or "make_service" in name or name == "makeService" or handled_by & upgrading:
            self.sockets += [] if path in self.sockets else [path]
        elif name in ("add_post", "post", "add_route", "route"):
            self.others += [] if path in self.others else [path]


def _python(sources: Sources, routes: _Routes, keys: tuple[str, ...]) -> Iterator[Found]:
    for file, tree in sources.python.items():
        module = _module(file.relative_to(sources.folder))
        imported = _imported(tree)
        place = file.relative_to(sources.folder).as_posix()
        for node in tree.body:
            over_http = not routes.sockets and bool(routes.others)
            transport, paths = ("http", routes.others) if over_http else ("ws", routes.sockets)
            about: dict[str, Any] = {"evidence": f"{place}:{node.lineno}", "transport": transport, "paths": tuple(paths or ["/"]), "keys": keys}
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _wants_nothing(node) and node.name[0] != "_":
                if imported & PYTHON_SERVERS and (_answers_application(node) or _serves(node)):
                    for ref in _refs(file, module, sources.folder):
                        yield Found(f"{ref}:{node.name}", **about)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _called(node.value) in ("FastAPI", "Starlette"):
                name = _last_name(node.targets[0])
                words = ["python", "-m", "uvicorn", f"{module}:{name}", "--port", "${PORT}"]
                yield Found({"command": words}, **about)
            elif isinstance(node, ast.If) and "__name__" in _names(node.test) and imported & PYTHON_SERVERS:
                yield _program(["python", place], file.read_text(encoding="utf-8"), about)


def _module(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _refs(file: Path, module: str, folder: Path) -> list[str]:
    """How the module is imported: what lies in `src/` is, once installed, known without it."""
    if file.relative_to(folder).parts[0] == "src" and module != "src":
        return [module.removeprefix("src."), module]
    return [module] if module else []


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def _wants_nothing(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = function.args
    return len(given.posonlyargs) + len(given.args) == len(given.defaults) and all(given.kw_defaults)


def _answers_application(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if function.returns is not None:
        return _last_name(function.returns) == "Application"
    makes = any(isinstance(node, ast.Call) and _called(node) == "Application" for node in ast.walk(function))
    return makes and any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function))


def _serves(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if not isinstance(function, ast.AsyncFunctionDef):
        return False
    return any(isinstance(node, ast.Call) and _called(node) in ("serve", "create_endpoint", "TCPSite") for node in ast.walk(function))


def _names(node: ast.AST) -> set[str]:
    return {_last_name(one) for one in ast.walk(node)}


def _called(call: ast.Call) -> str:
    return _last_name(call.func)


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.rpartition(".")[2]  # an annotation in quotes
    return node.id if isinstance(node, ast.Name) else ""


def _constants(tree: ast.Module) -> dict[str, str]:
    """Texts that have a name, in order: a later one may be made of an earlier one."""
    named: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            text = _text(node.value, named)
            if text is not None:
                named[node.targets[0].id] = text
    return named


def _text(node: ast.AST, constants: Mapping[str, str]) -> str | None:
    """The path a text begins with; what is variable in a route ends it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.partition("{")[0] or "/"
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    if isinstance(node, ast.JoinedStr):
        parts: list[str] = []
        for one in node.values:
            value = _text(one.value, constants) if isinstance(one, ast.FormattedValue) else str(getattr(one, "value", ""))
            if value is None:
                return None
            parts.append(value)
        return "".join(parts).partition("{")[0] or "/"
    return None


# --- Node.js

SOCKET_PATH = re.compile(r"""\bpath\s*:\s*['"`](/[^'"`$\s]*)['"`]""")
WEBHOOK_PATH = re.compile(r"""\.post\(\s*['"`](/[^'"`$\s]*)['"`]""")


def _node(sources: Sources, keys: tuple[str, ...]) -> Iterator[Found]:
    package = sources.folder / "package.json"
    content = _json(package)
    groups = [content.get(name) for name in ("dependencies", "devDependencies")]
    needs = {name for group in groups if isinstance(group, dict) for name in group}
    if not needs & NODE_SERVERS:
        return
    scripts = content.get("scripts")
    start = scripts.get("start") if isinstance(scripts, dict) else None
    words = _command(start, content, sources.folder)
    if words is None:
        return
    text = "\n".join(sources.script.values())
    over_http = not needs & NODE_WEBSOCKETS
    transport, pattern = ("http", WEBHOOK_PATH) if over_http else ("ws", SOCKET_PATH)
    paths = tuple(dict.fromkeys(pattern.findall(text))) or ("/",)
    yield _program(words, text, {"evidence": "package.json", "paths": paths, "transport": transport, "keys": keys})


def _command(start: object, content: Mapping[str, Any], folder: Path) -> list[str] | None:
    """`node app.js` as it is; what needs a shell or npm's path is left to npm."""
    if isinstance(start, str) and start:
        with suppress(ValueError):
            words = shlex.split(start)
            if words and words[0] == "node" and not re.search(r"[&|;<>$`*]", start):
                return words
        return ["npm", "start"]
    main = content.get("main")
    names = [main] if isinstance(main, str) else []
    return next((["node", name] for name in [*names, "app.js", "index.js", "server.js"] if (folder / name).is_file()), None)


def _json(file: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        if file.stat().st_size <= MAX_FILE_BYTES:
            content = json.loads(file.read_text(encoding="utf-8"))
            return content if isinstance(content, dict) else {}
    return {}
