"""Rules: questions asked of every call without being written. One file each; the code never changes its meaning."""

from __future__ import annotations

from importlib import import_module

from simulator.errors import ScenarioError, did_you_mean
from simulator.rules.registry import RULES, Finding, Rule, ask_all, rule
from simulator.scenario.load import Scenario
from simulator.scenario.steps import expect

for _name in (
    "acknowledged",
    "answered_tools",
    "tool_output_shape",
    "valid_verbs",
    "nothing_dropped",
    "well_formed_frames",
    "filter_names",
    "frame_size",
    "stubbed_requests",
    "secrets",
    "graceful_close",
    "accepted_by_model",
    "no_dead_air",
    "no_exception",
    "no_task_left",
    "simulated",
    "tokens_taken",
    "tokens_spoken",
    "barge_in_told",
    "accepted_by_api",
    "fits_the_call",
):
    import_module(f"{__name__}.{_name}")

__all__ = ["RULES", "Finding", "Rule", "ask_all", "rule", "unknown_codes"]


def unknown_codes(scenario: Scenario) -> list[ScenarioError]:
    """What a scenario ignores or expects to find, although no rule has that code."""
    named = [(code, scenario.where) for code in scenario.ignore]
    named += [(step.finding, step.where) for step in scenario.steps if isinstance(step, expect.Finding)]
    known = sorted(RULES)
    return [ScenarioError(f"there is no rule {code!r}", did_you_mean(code, known), where) for code, where in named if code not in RULES]
