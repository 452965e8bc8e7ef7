"""Broken YAML, explained: the findings of libyaml in words that say what to do."""

from __future__ import annotations

import re
from typing import Any

import yaml

from simulator.errors import ScenarioError, Where

QUOTE_IT = 'put the text in quotes: key: "text"'


def syntax_error(error: yaml.MarkedYAMLError, text: str, file: str) -> ScenarioError:
    """libyaml's finding in words that say what to do."""
    mark, opened = error.problem_mark, error.context_mark
    if mark is None:
        return ScenarioError(f"this is not YAML: {error.problem}", "", Where(file, 1, 1))
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    here = line[mark.column : mark.column + 1]
    problem, remedy, at = _explained(str(error.problem), str(error.context), line, here, mark, opened)
    return ScenarioError(problem, remedy, Where(file, at.line + 1, at.column + 1))


def _explained(said: str, context: str, line: str, here: str, mark: Any, opened: Any) -> tuple[str, str, Any]:
    before = line[: mark.column]
    if "cannot start any token" in said:
        if here == "\t":
            return "a tab cannot stand here", "indent with spaces", mark
        return f"text cannot begin with {here}", QUOTE_IT, mark
    if "alias" in context:
        return "a * begins an alias in YAML", 'put the text in quotes: "*"', opened or mark
    if "quoted scalar" in context:
        if "escape" in said:
            escape = line[mark.column + 1 : mark.column + 2]
            return f"\\{escape} means nothing in double quotes", "write \\\\ for a backslash, or use single quotes", mark
        return "the quote that begins here is never closed", "close it, and write '' for a ' inside of single quotes", opened or mark
    if "flow" in context:
        bracket, closing = ("{", "}") if "mapping" in context else ("[", "]")
        if before.endswith("$") and here == "{":
            return f"${{…}} inside of {bracket} {closing} needs quotes", 'write "${…}"', mark
        if opened is not None and mark.line > opened.line:
            return f"the {bracket} that begins here is not closed", f"write {closing} at its end, before line {mark.line + 1}", opened
        return f"{here or 'the end'} cannot stand here: a comma or {closing} is missing before it", f"if it belongs to a text, {QUOTE_IT}", mark
    if "mapping values" in said:
        if re.search(r":\s", before):
            return "a colon inside of text", QUOTE_IT, mark
        return "this key does not belong to the lines above", "give the keys of one mapping the same indentation, and a space after each colon", mark
    if "'-' indicator" in said:
        return "this line does not belong to the list above", "begin every item with - in the same column, and close every bracket", mark
    if "expected key" in said:
        return "this does not belong to the keys above", "indent all keys alike, and put all of a text in one pair of quotes", mark
    if "document start" in said:
        return "this does not belong to what is above", "check the indentation and the brackets above", mark
    if "incompatible" in said:
        return "this version of YAML is not known", "remove the line that begins with %YAML", mark
    return f"this is not YAML: {said}", f"{context}; if text is meant, {QUOTE_IT}" if context != "None" else "", mark
