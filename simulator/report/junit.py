"""A run as JUnit XML: what CI servers read. Never greener than the exit code.

Shape: `testsuites` > `testsuite` (a file of scenarios) > `testcase` (a scenario) > one of `failure`, `error`, `skipped`, and `system-out`;
attributes and order are those that the XSD of Jenkins, pytest's `xunit2` and Surefire have in common. Times are wall seconds.
A case is named by file and scenario alone, so that a history can be kept of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree as XML

from simulator.report.plain import plain, plain_lines
from simulator.report.result import Result
from simulator.report.run import NotPlayed, Run, Trouble, below
from simulator.report.text import explanation

MOST_NAME = 400
MOST_MESSAGE = 500
MOST_LINES = 200
MOST_LINE = 2_000

WHOSE = {2: "ScenarioError", 3: "AppError", 70: "SimulatorError"}
"""The type of an error, by the exit code of its scenario."""

OF_THE_RUN = "jambonz-sim"
"""The suite of what belongs to no scenario."""


def junit(run: Run, folder: str = "") -> str:
    """The document. Files are named as seen from `folder`.

    Scenarios that were not played are skipped; what ended the run, or kept it from beginning, is an error of its own.
    """
    root = XML.Element("testsuites", name="jambonz-sim")
    for file, results in groupby(run.results, key=lambda result: result.file):
        _suite(root, below(folder, file), [_played(result, folder) for result in results])
    for file, others in groupby(run.not_played, key=lambda one: one.file):
        _suite(root, below(folder, file), [_not_played(one, folder) for one in others])
    if run.unexplained:
        _suite(root, OF_THE_RUN, [_trouble(trouble, number) for number, trouble in enumerate(run.unexplained, 1)])
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", f"{run.wall_s:.3f}")
    XML.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{XML.tostring(root, encoding="unicode")}\n'


def _suite(root: XML.Element, name: str, cases: Sequence[XML.Element]) -> None:
    """A suite of these cases; one that is there already (part of a file was not played) takes them too."""
    name = plain(name, MOST_NAME)
    suite = next((one for one in root if one.get("name") == name), None)
    if suite is None:
        suite = XML.SubElement(root, "testsuite", name=name)
    suite.extend(cases)
    suite.set("tests", str(len(suite)))
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(sum(case.find(tag) is not None for case in suite)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in suite):.3f}")


def _case(file: str, name: str, wall_s: float) -> XML.Element:
    return XML.Element("testcase", classname=plain(classname(file), MOST_NAME), name=plain(name, MOST_NAME), time=f"{wall_s:.3f}")


def classname(file: str) -> str:
    """`scenarios/tools/weather.yaml` is `scenarios.tools.weather`: readers make a tree of it."""
    return ".".join(part.replace(".", "_") for part in file.removesuffix(".yaml").split("/") if part not in ("", ".", ".."))


def _played(result: Result, folder: str) -> XML.Element:
    case = _case(below(folder, result.file), result.name, result.wall_ms / 1000)
    why = plain_lines(explanation(result), most_lines=MOST_LINES, most=MOST_LINE)
    if result.outcome == "failed":
        first = result.failures[0] if result.failures else None
        message = first.problem if first is not None else "failed"
        _with(case, "failure", message, first.kind if first is not None else "step", why)
    elif result.outcome == "error" or result.exit_code:
        message = (result.error or f"exit code {result.exit_code}").partition("\n")[0]
        _with(case, "error", message, WHOSE.get(result.exit_code, "Error"), why)
    warnings = {finding.code: finding for finding in reversed(result.findings) if finding.rule.severity == "warning"}
    if warnings:
        lines = [line for code in sorted(warnings) for line in warnings[code].lines()]
        XML.SubElement(case, "system-out").text = plain_lines(["warnings:", *lines], most_lines=MOST_LINES, most=MOST_LINE)
    return case


def _not_played(one: NotPlayed, folder: str) -> XML.Element:
    case = _case(below(folder, one.file), one.name, 0.0)
    XML.SubElement(case, "skipped", message="not played: the run ended before its turn")
    return case


def _trouble(trouble: Trouble, number: int) -> XML.Element:
    case = _case(OF_THE_RUN, "the run" if number == 1 else f"the run, problem {number}", 0.0)
    place = [f"{trouble.where}:"] if trouble.where is not None else []
    _with(
        case,
        "error",
        " ".join([*place, trouble.problem]),
        trouble.kind,
        plain_lines([*place, *trouble.lines()], most_lines=MOST_LINES, most=MOST_LINE),
    )
    return case


def _with(case: XML.Element, tag: str, message: str, kind: str, text: str) -> None:
    XML.SubElement(case, tag, message=plain(message, MOST_MESSAGE), type=plain(kind, MOST_NAME)).text = text
