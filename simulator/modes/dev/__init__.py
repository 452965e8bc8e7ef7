"""Pages on this machine: who may see them (`door`), what they get (`pages`), and the one socket of a live call (`house`, `line`)."""
