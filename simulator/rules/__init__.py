"""Rules: questions asked of every call without being written. One file each; the code never changes its meaning."""

from __future__ import annotations

from importlib import import_module

from simulator.rules.registry import RULES, Finding, Rule, ask_all, rule

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
    "defects_met",
    "reached",
    "no_verb_failed",
    "nothing_ignored",
    "sdk_defects",
):
    import_module(f"{__name__}.{_name}")

__all__ = ["RULES", "Finding", "Rule", "ask_all", "rule"]
