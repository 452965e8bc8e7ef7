"""A support line: `examples.support.app:create_app`."""
