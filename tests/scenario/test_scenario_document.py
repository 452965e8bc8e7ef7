"""A YAML file becomes a tree of located values, or an explanation that a stranger can act on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.errors import ScenarioErrors
from simulator.scenario.document import MAX_BYTES, Items, Map, Node, Problems, Scalar, parse, plain, read, resolve


def tree(text: str, file: str = "a.yaml") -> Node:
    """The only document of a text in which nothing is wrong."""
    problems = Problems()
    (node,) = parse(text, file, problems)
    problems.raise_if_any()
    return node


def mistakes(text: str) -> str:
    problems = Problems()
    parse(text, "a.yaml", problems)
    with pytest.raises(ScenarioErrors) as raised:
        problems.raise_if_any()
    return str(raised.value)


def test_every_key_and_value_knows_its_place() -> None:
    node = tree("# a comment\nname: x\nsteps:\n  - caller: {say: hello}\n")
    assert isinstance(node, Map)
    assert (node.where.line, node.where.column) == (2, 1)
    steps = node.entries["steps"]
    assert str(steps.where) == "a.yaml:3:1"
    assert isinstance(steps.node, Items)
    (step,) = steps.node.nodes
    assert str(step.where) == "a.yaml:4:5"
    assert isinstance(step, Map)
    caller = step.entries["caller"].node
    assert isinstance(caller, Map)
    assert str(caller.where) == "a.yaml:4:13"
    assert str(caller.entries["say"].where) == "a.yaml:4:14"
    assert str(caller.entries["say"].node.where) == "a.yaml:4:19"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("42", 42),
        ("-7", -7),
        ("012", 12),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("2026-01-01", "2026-01-01"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("+", "+"),
        ("1_000", "1_000"),
        ("9" * 5000, "9" * 5000),
        ("+15083084809", "+15083084809"),
    ],
)
def test_a_word_means_what_it_means_in_yaml_1_2(written: str, meant: Any) -> None:
    assert (resolve(written), type(resolve(written))) == (meant, type(meant))


def test_what_is_quoted_or_tagged_is_text() -> None:
    assert plain(tree("""["42", '42', !!str 42, ! 42, !!int "42", "true"]""")) == ["42", "42", "42", "42", 42, "true"]


def test_keys_are_text_as_they_are_written() -> None:
    assert plain(tree("{1: a, true: b, 0x1: c, null: d}")) == {"1": "a", "true": "b", "0x1": "c", "null": "d"}


def test_aliases_and_merge_keys() -> None:
    assert plain(tree("a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\nd: {<<: [*a, {z: 4}]}")) == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 2},
        "c": {"y": 3, "x": 1},
        "d": {"x": 1, "y": 2, "z": 4},
    }


def test_several_documents_in_one_file() -> None:
    problems = Problems()
    assert [plain(node) for node in parse("a\n---\nb\n---\n", "a.yaml", problems)] == ["a", "b", None]


def test_a_byte_order_mark_is_no_text() -> None:
    assert plain(tree("\ufeffa: 1")) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2", "a.yaml:2:1: the key 'a' is written twice\n    remove one; the first stands in line 1"),
        ("a: *", 'a.yaml:1:4: a * begins an alias in YAML\n    put the text in quotes: "*"'),
        ("a: *x", 'a.yaml:1:4: there is no &x above this *x\n    write "*x" in quotes if text is meant'),
        ("a: &a [*a]", "a.yaml:1:8: *a stands inside of &a\n    a value cannot contain itself"),
        ("a: b: c", 'a.yaml:1:5: a colon inside of text\n    put the text in quotes: key: "text"'),
        ("a:\n\t- b", "a.yaml:2:1: a tab cannot stand here\n    indent with spaces"),
        ("a: [1, 2", "a.yaml:1:4: the [ that begins here is not closed\n    write ] at its end, before line 2"),
        ("a: {b: 1\nc: 2", "a.yaml:1:4: the { that begins here is not closed\n    write } at its end, before line 2"),
        ('a: "abc', "a.yaml:1:4: the quote that begins here is never closed\n    close it, and write '' for a ' inside of single quotes"),
        ("a: @x", 'a.yaml:1:4: text cannot begin with @\n    put the text in quotes: key: "text"'),
        (
            "{a: /x{2}/}",
            'a.yaml:1:7: { cannot stand here: a comma or } is missing before it\n    if it belongs to a text, put the text in quotes: key: "text"',
        ),
        ("{a: ${X}}", 'a.yaml:1:6: ${…} inside of { } needs quotes\n    write "${…}"'),
        (
            "- a\nb: c",
            "a.yaml:2:1: this line does not belong to the list above\n    begin every item with - in the same column, and close every bracket",
        ),
        ("a: 'it's'", "a.yaml:1:8: the text ends at the ' before this\n    write '' for a ' inside of single quotes, or use double quotes"),
        ("%YAML 3.0\n---\na", "a.yaml:1:1: this version of YAML is not known\n    remove the line that begins with %YAML"),
        ("? [a]\n: b", 'a.yaml:1:3: a key is a word, not a list or a mapping\n    put it in quotes if it begins with [, { or "? "'),
        ("{a: b}}", "a.yaml:1:7: this does not belong to what is above\n    check the indentation and the brackets above"),
        (
            "a: 1\n  b: 2",
            "a.yaml:2:4: this key does not belong to the lines above\n"
            "    give the keys of one mapping the same indentation, and a space after each colon",
        ),
        ('a: "\\q"', "a.yaml:1:5: \\q means nothing in double quotes\n    write \\\\ for a backslash, or use single quotes"),
        ("a: \x07", 'a.yaml:1:4: the character U+0007 cannot stand in a YAML file\n    remove it, or write it as "\\u…" in double quotes'),
        ("a: !foo b", "a.yaml:1:4: the tag !foo is not known\n    the only one is !include; put text that begins with ! in quotes"),
        ("{<<: 3}", "a.yaml:1:6: << takes over the keys of a mapping, and this is none\n    write <<: *name, with &name before a mapping"),
        ("[" * 60, "a.yaml:1:51: lists and mappings are nested more than 50 deep\n    nest less"),
        ("a" * (MAX_BYTES + 1), "a.yaml:1:1: the file is larger than 1024 KiB\n    split it: one scenario a file, and !include for what they share"),
    ],
)
def test_broken_yaml_is_explained(text: str, said: str) -> None:
    assert mistakes(text) == said


def test_aliases_cannot_grow_without_end() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert "a.yaml:6:" in mistakes(bomb)
    assert "the file grows to more than 100000 values" in mistakes(bomb)


def test_aliases_cannot_nest_without_end() -> None:
    tower = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 100))
    assert "nested more than 50 deep" in mistakes(tower)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_nesting_without_end_is_refused(opening: str) -> None:
    assert "nested more than 50 deep" in mistakes(opening * 100_000)


# --- files


def test_a_file_includes_another_relative_to_itself(tmp_path: Path) -> None:
    scenarios, common = tmp_path / "scenarios", tmp_path / "common"
    (scenarios / "deep").mkdir(parents=True)
    common.mkdir()
    (scenarios / "a.yaml").write_text("world: !include ../common/world.yaml\nsteps:\n  - first\n  - !include deep/steps.yaml\n  - last\n")
    (scenarios / "deep" / "steps.yaml").write_text("- !include one.yaml\n- two\n")
    (scenarios / "deep" / "one.yaml").write_text("{one: 1}\n")
    (common / "world.yaml").write_text("[x]\n")
    problems = Problems()
    (node,) = read(scenarios / "a.yaml", problems)
    problems.raise_if_any()
    assert plain(node) == {"world": ["x"], "steps": ["first", {"one": 1}, "two", "last"]}, "a list in a list continues it"
    assert isinstance(node, Map)
    steps = node.entries["steps"].node
    assert isinstance(steps, Items)
    assert [str(step.where).removeprefix(str(tmp_path)) for step in steps.nodes] == [
        "/scenarios/a.yaml:3:5",
        "/scenarios/deep/one.yaml:1:1",
        "/scenarios/deep/steps.yaml:2:3",
        "/scenarios/a.yaml:5:5",
    ]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nope.yaml", "there is no file {dir}/nope.yaml\n    the path is relative to the file it is written in"),
        ("/etc/passwd", "!include wants the path of a file relative to this one, not '/etc/passwd'\n    for example !include common/greeting.yaml"),
        ("../../secret.yaml", "!include ../../secret.yaml leads out of {root}\n    move the file below that folder"),
        ("link.yaml", "!include link.yaml leads out of {root}\n    move the file below that folder"),
        ("a.yaml", "the files include each other without end: a.yaml includes a.yaml\n    remove one of these !include lines"),
        ("b.yaml", "the files include each other without end: a.yaml includes b.yaml includes a.yaml\n    remove one of these !include lines"),
        ("two.yaml", "two.yaml holds 2 documents\n    an included file holds exactly one"),
        ("'a\\0'", "there is no file {dir}/a\\0\n    the path is relative to the file it is written in"),
        ('"a\\0"', "!include wants the path of a file relative to this one, not 'a\\x00'\n    for example !include common/greeting.yaml"),
        (".", "there is no file {dir}\n    the path is relative to the file it is written in"),
        ("''", "!include wants the path of a file relative to this one, not ''\n    for example !include common/greeting.yaml"),
        ("x" * 300, "there is no file {dir}/" + "x" * 300 + "\n    the path is relative to the file it is written in"),
    ],
)
def test_an_include_that_cannot_be_followed(tmp_path: Path, target: str, said: str) -> None:
    folder = tmp_path / "root" / "here"
    folder.mkdir(parents=True)
    (tmp_path / "secret.yaml").write_text("secret")
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "two.yaml").write_text("a\n---\nb\n")
    (folder / "b.yaml").write_text("!include a.yaml\n")
    file = folder / "a.yaml"
    file.write_text(f"x: !include {target}\n")
    problems = Problems()
    (node,) = read(file, problems)
    (error,) = problems.errors
    where = folder / "b.yaml:1:1" if target == "b.yaml" else folder / "a.yaml:1:4"
    assert str(error) == f"{where}: " + said.format(dir=folder, root=tmp_path / "root")
    assert isinstance(node, Map)
    assert node.entries["x"].node == node.entries["x"].node


def test_what_is_wrong_in_an_included_file_is_said_of_that_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x: !include b.yaml\ny: 1\ny: 2\n")
    (tmp_path / "b.yaml").write_text("a: b: c\n")
    problems = Problems()
    (node,) = read(tmp_path / "a.yaml", problems)
    assert [str(error.where).removeprefix(f"{tmp_path}/") for error in problems.errors] == ["b.yaml:1:5", "a.yaml:3:1"]
    assert isinstance(node, Map)
    broken = node.entries["x"].node
    assert isinstance(broken, Scalar)
    assert broken.broken


def test_a_large_file_cannot_be_included_for_ever(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_text("a" * (MAX_BYTES - 1))
    (tmp_path / "a.yaml").write_text("- !include big.yaml\n" * 1000)
    problems = Problems()
    assert read(tmp_path / "a.yaml", problems) == []
    assert "the file grows to more than 100000 values" in str(problems.errors[0])


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    problems = Problems()
    assert read(tmp_path / "nope.yaml", problems) == []
    assert read(tmp_path, problems) == []
    (tmp_path / "latin.yaml").write_bytes(b"name: x\nsay: caf\xe9\n")
    assert read(tmp_path / "latin.yaml", problems) == []
    (tmp_path / "large.yaml").write_bytes(b"a" * MAX_BYTES + b"\xc3\xa9")
    assert read(tmp_path / "large.yaml", problems) == []
    assert [str(error).replace(str(tmp_path), "") for error in problems.errors] == [
        "/nope.yaml:1:1: /nope.yaml cannot be read: No such file or directory\n    check the path and its permissions",
        ":1:1:  cannot be read: Is a directory\n    check the path and its permissions",
        "/latin.yaml:2:9: the byte 0xe9 is not UTF-8 text\n    save the file with the encoding UTF-8",
        "/large.yaml:1:1: the file is larger than 1024 KiB\n    split it: one scenario a file, and !include for what they share",
    ]
