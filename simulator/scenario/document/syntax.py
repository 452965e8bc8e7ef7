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
    if (slip := slip_above(lines, mark.line)) is not None:
        problem, remedy, number, column = slip
        return ScenarioError(problem, remedy, Where(file, number + 1, column + 1))
    problem, remedy, at = _explained(str(error.problem), str(error.context), line, here, mark, opened)
    return ScenarioError(problem, remedy, Where(file, at.line + 1, at.column + 1))


MERGE_CONFLICT = re.compile(r"<{7} |={7}$|>{7} ")
NO_SPACE = re.compile(r"\s*(?:- )*(?P<key>[A-Za-z_]\w*):(?P<value>[^\s:/].*)")
STRANGE_SPACES = "\u00a0\u2007\u202f\u3000"
INDENTED_STRANGELY = re.compile(f"[ ]*(?P<space>[{STRANGE_SPACES}])")


def slip_above(lines: list[str], number: int) -> tuple[str, str, int, int] | None:
    """What libyaml notices only later: (problem, remedy, line, column), counted from 0; None when nothing of the kind stands there.

    Looked at are the line `number`, in which it gave up, and the last one above that holds anything.
    """
    if any(MERGE_CONFLICT.match(line) for line in lines[: number + 1]):
        first = next(at for at, line in enumerate(lines) if MERGE_CONFLICT.match(line))
        return "this is the mark of a merge conflict", "keep one of the two sides, and remove the lines with <<<<<<<, ======= and >>>>>>>", first, 0
    above = next((at for at in range(min(number, len(lines)) - 1, -1, -1) if lines[at].strip()), None)
    for at in dict.fromkeys(one for one in (above, number) if one is not None and one < len(lines)):
        if found := INDENTED_STRANGELY.match(lines[at]):
            return NO_INDENTATION.format(ord(found["space"])), "replace it with a usual space", at, found.start("space")
        if found := NO_SPACE.fullmatch(lines[at]):
            return f"a space is missing behind the colon of {found['key']}", f"write {found['key']}: {found['value'][:40]}", at, found.start("key")
    return None


NO_INDENTATION = "the character U+{:04X} looks like a space, and is none"


def _explained(said: str, context: str, line: str, here: str, mark: Any, opened: Any) -> tuple[str, str, Any]:
    before = line[: mark.column]
    if "cannot start any token" in said:
        if here == "\t":
            return "a tab cannot stand here", "indent with spaces", mark
        if here in ("|", ">"):
            return f"a block of text ({here}) cannot stand inside of {{ }} or [ ]", "write the step without them, a key a line, or " + QUOTE_IT, mark
        return f"text cannot begin with {here}", QUOTE_IT, mark
    if "alias" in context:
        return "a * begins an alias in YAML", 'put the text in quotes: "*"', opened or mark
    if "quoted scalar" in context:
        if "escape" in said:
            escape = line[mark.column + 1 : mark.column + 2]
            return f"\\{escape} means nothing in double quotes", "write \\\\ for a backslash, or use single quotes", mark
        return "the quote that begins here is never closed", "close it, and write '' for a ' inside of single quotes", opened or mark
    if "simple key" in context and "':'" in said:
        return (
            "this is neither a key, which ends with a colon, nor part of a text",
            "add the colon, or put all of the text in one pair of quotes",
            opened or mark,
        )
    if before.endswith("'") and here.isalnum():
        return "the text ends at the ' before this", "write '' for a ' inside of single quotes, or use double quotes", mark
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
