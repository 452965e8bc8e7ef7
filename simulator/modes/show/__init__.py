"""Finished calls: journals that are read again, and shown in the page of a report."""
