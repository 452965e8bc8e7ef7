"""`jambonz-sim talk`: live calls in a terminal, or as JSON lines for scripts."""
