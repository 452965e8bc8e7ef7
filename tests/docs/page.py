"""A page of the documentation as its sections and their fenced blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^(?P<mark>`{3,})(?P<language>[\w-]*)\s*$")
HEADING = re.compile(r"^#{1,4} (?P<title>.+)$")
TOLD = re.compile(r"^<!-- (?P<key>[a-z]+): (?P<value>.*) -->$")
FILE_NAME = re.compile(r"^(?:#|//) (?P<name>[\w.-]+(?:/[\w.-]+)*\.(?:yaml|yml|py|toml|ini|js|mjs|json))$")
SCHEMA = "# yaml-language-server:"


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; `line` is where its text begins. `told` is what comments right above it say to the tests: `<!-- env: A=b -->`."""

    page: Path
    line: int
    language: str
    text: str
    told: dict[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """For people: page and line."""
        return f"{self.page.name}:{self.line}"

    @property
    def file_name(self) -> str | None:
        """The file it is, when its first line says so: `# calls/first.yaml`."""
        found = FILE_NAME.match(self.text.partition("\n")[0])
        return found["name"] if found else None

    @property
    def body(self) -> str:
        """What stands in that file."""
        return self.text.partition("\n")[2] if self.file_name else self.text


@dataclass(frozen=True, slots=True)
class Section:
    """What stands below one heading. Its blocks belong together: files that it names lie in the folder in which its commands are entered."""

    page: Path
    title: str
    blocks: tuple[Block, ...]

    def __str__(self) -> str:
        return f"{self.page.name}: {self.title}"


def sections(page: Path) -> Iterator[Section]:
    """The sections of a page that have blocks."""
    title, blocks = page.name, []
    told: dict[str, str] = {}
    opened: re.Match[str] | None = None
    lines: list[str] = []
    begin = 0
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if opened is not None:
            if line == opened["mark"]:
                blocks.append(Block(page, begin, opened["language"], "".join(f"{one}\n" for one in lines), told))
                opened, lines, told = None, [], {}
            else:
                lines.append(line)
        elif (opened := FENCE.match(line)) is not None:
            begin = number + 1
        elif (heading := HEADING.match(line)) is not None:
            if blocks:
                yield Section(page, title, tuple(blocks))
            title, blocks = heading["title"], []
        elif (comment := TOLD.match(line)) is not None:
            told[comment["key"]] = comment["value"]
        elif line.strip():
            told = {}
    if opened is not None:
        raise ValueError(f"{page.name}:{begin}: this block is never closed")
    if blocks:
        yield Section(page, title, tuple(blocks))
