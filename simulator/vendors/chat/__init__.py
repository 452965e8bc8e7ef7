"""A text model at the far end of the `agent` verb."""
