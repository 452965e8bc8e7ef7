"""Two calls side by side: which frames of one are those of the other, and in what they differ.

Ids and times are no differences (`sameness`), and neither is the order between links: each conversation (of one call with one other party)
is compared for itself, in its own order. Pieces of sound and text are left out.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from simulator.journal import Frame
from simulator.report.sameness import is_piece, label, same

MOST_FIELDS = 40
"""Of one frame."""
MOST_PAIRS = 1_000_000
"""Equal frames, each with each, that are looked at in one conversation; beyond that only frames that are like no other hold the two together."""
LONGEST_JSON = 100_000


class Absent:
    """Stands where one call has nothing."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Field:
    """A member that differs; `path` leads to it (`data.item.output.temperature`). `ABSENT` where there is none."""

    path: str
    left: Any
    right: Any


@dataclass(frozen=True, slots=True)
class Row:
    """Frames that belong together, by their numbers; None where the other call has no such frame."""

    left: int | None
    right: int | None
    fields: tuple[Field, ...] = ()

    @property
    def is_same(self) -> bool:
        return self.left is not None and self.right is not None and not self.fields


def difference(left: Sequence[Frame], right: Sequence[Frame]) -> list[Row]:
    """All frames of both but the pieces, in the order of the left call; what only the right one has stands behind what came before it there."""
    conversations = (_conversations(left), _conversations(right))
    ordered: list[tuple[int, int, int, Row]] = []
    for name in dict.fromkeys([*conversations[0], *conversations[1]]):
        behind = -1
        for row in _aligned(conversations[0].get(name, []), conversations[1].get(name, [])):
            behind = behind if row.left is None else row.left
            ordered.append((behind, row.left is None, -1 if row.right is None else row.right, row))
    return [row for *_, row in sorted(ordered, key=lambda item: item[:3])]


def _conversations(frames: Sequence[Frame]) -> dict[tuple[int, str], list[Frame]]:
    found: dict[tuple[int, str], list[Frame]] = defaultdict(list)
    for frame in frames:
        if not is_piece(frame):
            found[frame.leg, frame.link].append(frame)
    return found


def _aligned(left: Sequence[Frame], right: Sequence[Frame]) -> Iterator[Row]:
    """Frames that are the same hold the two together; between them, those of a kind are one that has changed."""
    shown = {id(frame): same(frame.frame) for frame in [*left, *right]}
    whole = [[f"{label(frame)} {json.dumps(shown[id(frame)], sort_keys=True, default=str)}" for frame in side] for side in (left, right)]
    for is_equal, one, other in _blocks(*whole):
        if is_equal:
            yield from (Row(a.seq, b.seq) for a, b in zip(left[one], right[other], strict=True))
        else:
            yield from _changed(left[one], right[other], shown)


def _changed(left: Sequence[Frame], right: Sequence[Frame], shown: dict[int, Any]) -> Iterator[Row]:
    for is_equal, one, other in _blocks([label(frame) for frame in left], [label(frame) for frame in right]):
        if is_equal:
            for a, b in zip(left[one], right[other], strict=True):
                yield Row(a.seq, b.seq, tuple(fields(shown[id(a)], shown[id(b)], a.frame, b.frame)))
        else:
            yield from (Row(frame.seq, None) for frame in left[one])
            yield from (Row(None, frame.seq) for frame in right[other])


def _blocks(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[bool, slice, slice]]:
    """Stretches that are equal and stretches that are not, in order."""
    counted = Counter(left), Counter(right)
    if sum(count * counted[1][key] for key, count in counted[0].items()) > MOST_PAIRS:
        alone = {key for key, count in counted[0].items() if count == 1 == counted[1][key]}
        # frames that are alike in their hundreds would take hours to be told apart: each gets a name that fits nothing
        left = [key if key in alone else f"left {place}" for place, key in enumerate(left)]
        right = [key if key in alone else f"right {place}" for place, key in enumerate(right)]
    for tag, begin, end, other_begin, other_end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        yield tag == "equal", slice(begin, end), slice(other_begin, other_end)


def fields(left: Any, right: Any, told_left: Any, told_right: Any) -> list[Field]:
    """In what two contents differ; `left` and `right` are compared, `told_*` is what they are without placeholders."""
    found: list[Field] = []
    _compare(left, right, told_left, told_right, "", found)
    return found


def _compare(left: Any, right: Any, told_left: Any, told_right: Any, path: str, found: list[Field]) -> None:
    if len(found) >= MOST_FIELDS:
        return
    if isinstance(left, dict) and isinstance(right, dict):
        for name in dict.fromkeys([*left, *right]):
            below = f"{path}.{name}" if path else str(name)
            _compare(left.get(name, ABSENT), right.get(name, ABSENT), _member(told_left, name), _member(told_right, name), below, found)
    elif isinstance(left, list) and isinstance(right, list):
        for place in range(max(len(left), len(right))):
            one, other = _member(left, place), _member(right, place)
            _compare(one, other, _member(told_left, place), _member(told_right, place), f"{path}[{place}]", found)
    elif left == right and isinstance(left, bool) == isinstance(right, bool):
        return
    elif (inner := _parsed(left)) is not None and (other := _parsed(right)) is not None and inner != other:
        _compare(inner, other, inner, other, path, found)  # arguments and outputs of tools are JSON inside a text
    else:
        found.append(Field(path, ABSENT if left is ABSENT else told_left, ABSENT if right is ABSENT else told_right))


def _member(value: Any, name: Any) -> Any:
    try:
        return value[name]
    except (KeyError, IndexError, TypeError):
        return ABSENT


def _parsed(value: Any) -> Any:
    """The object or list that a text holds; None when it holds none."""
    if not isinstance(value, str) or not value.startswith(("{", "[")) or len(value) > LONGEST_JSON:
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None
