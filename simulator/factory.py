"""The factory of an application in this process: imported, and what went wrong with that, at its place in the application."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import re
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from simulator.errors import AppError, did_you_mean, nearest
from simulator.journal import concealed

OURS = str(Path(__file__).parent) + os.sep


def load(ref: str) -> Callable[[], Any]:
    """Import the factory that `module:factory` names. Raises `AppError` with what went wrong and what to do."""
    module_name, _, name = ref.partition(":")
    if not name or not module_name or module_name.endswith(".py") or not re.fullmatch(r"\w+(\.\w+)*", module_name) or name.isdecimal():
        raise AppError(f"{ref!r} is no application", _meant(ref))
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if (error.name or "") != module_name and not module_name.startswith(f"{error.name}."):
            place = described(error)["at"]
            remedy = "install it into this environment" + (", or mend the import" if place else "")
            raise AppError(f"the application {ref!r} cannot be imported: {said(error)}", remedy) from error
        raise AppError(f"the application {ref!r} cannot be imported: {error}", _not_there(error.name or module_name, here)) from error
    except SystemExit as error:
        remedy = "importing an application must not end the process: serve in the factory, or give its command: --app 'command: python3 app.py'"
        raise AppError(f"importing the application {ref!r} ended the process: {said(error)}", remedy) from error
    except Exception as error:
        raise AppError(f"importing the application {ref!r} failed: {said(error, module_name)}", f"try `python -c 'import {module_name}'`") from error
    factory = getattr(module, name, None)
    if not callable(factory):
        raise AppError(*_no_factory(module, name))
    return factory  # type: ignore[no-any-return]


def _meant(ref: str) -> str:
    """What to write instead of what cannot be `module:factory`."""
    module, _, name = ref.partition(":")
    as_module = module.removesuffix(".py").strip("./").replace("/", ".")
    if ref.endswith((".js", ".ts", ".mjs", ".cjs")):
        return f"a program of its own is a command: --app 'command: node {ref}'"
    if name.partition("/")[0].isdecimal():
        return f"a running application is named by its URL: ws://{ref}"
    such = "app.server:create_app"
    if re.fullmatch(r"\w+(\.\w+)*", as_module):
        parent, _, last = as_module.rpartition(".")
        is_module = module.endswith(".py") or "/" in module or Path(as_module.replace(".", "/")).with_suffix(".py").is_file()
        such = f"{as_module}:{name or 'create_app'}" if is_module or not parent else f"{parent}:{last}"
    return f"write module:factory (such as {such}) or the ws:// or http:// URL of one that runs"


def _not_there(name: str, here: str) -> str:
    """Where a module was looked for, and one that is nearly called so."""
    parent, _, last = name.rpartition(".")
    folder = Path(here, *parent.split(".")) if parent else Path(here)
    there = [one.stem for one in folder.iterdir() if one.suffix == ".py" or (one.is_dir() and one.name.isidentifier())] if folder.is_dir() else []
    near = nearest(last, [one for one in there if one != last])
    hint = f"did you mean {'.'.join(filter(None, (parent, near)))!r}? " if near is not None else ""
    return f"{hint}Is {last!r} in {folder}, or installed?"


def _no_factory(module: ModuleType, name: str) -> tuple[str, str]:
    file = _relative(module.__file__) if module.__file__ else module.__name__
    functions = sorted(found for found, value in vars(module).items() if inspect.isfunction(value) and not found.startswith("_"))
    remedy = did_you_mean(name, functions) if functions else "it has none at all"
    if hasattr(module, name):
        return f"{name!r} in {file} is no function, but {_kind(getattr(module, name))}", remedy
    return f"{module.__name__} has no function {name!r} (in {file})", remedy


def _kind(value: Any) -> str:
    return "a module" if isinstance(value, ModuleType) else f"of type {type(value).__name__}"


def said(error: BaseException, module: str = "") -> str:
    """An exception for people, and where in their own code it was raised."""
    found = described(error, module)
    return f"{found['type']}: {found['message']}" + (f" (at {found['at']})" if found["at"] else "")


def described(error: BaseException, module: str = "") -> dict[str, Any]:
    """An exception for the journal: its type, text without secrets, and the place in the application's code."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not frame.filename.startswith((OURS, "<frozen"))]
    own = [frame for frame in theirs if "site-packages" not in frame.filename and f"{os.sep}asyncio{os.sep}" not in frame.filename]
    last = next(reversed(own or theirs), None)
    place = "" if last is None else f"{_relative(last.filename)}:{last.lineno} in {last.name}"
    if isinstance(error, SyntaxError):
        if error.filename:
            place = f"{_relative(error.filename)}:{error.lineno}"
        elif module:  # it says nothing of where: of bytes that are no source at all
            place = f"{_file_of(module)}:1"
    return {"type": type(error).__name__, "message": concealed(error.msg if isinstance(error, SyntaxError) else str(error), os.environ), "at": place}


def _file_of(module: str) -> str:
    with suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(module)
        if spec is not None and spec.origin is not None:
            return _relative(spec.origin)
    return module


def _relative(filename: str) -> str:
    try:
        return str(Path(filename).relative_to(Path.cwd()))
    except ValueError:
        return Path(filename).name
