"""A switchboard: `examples.switchboard.app:create_app`."""
