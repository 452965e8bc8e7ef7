"""Exit codes that no error of ours names (the others stand with their errors)."""

NOTHING_COLLECTED = 5
OUR_FAULT = 70
INTERRUPTED = 130
