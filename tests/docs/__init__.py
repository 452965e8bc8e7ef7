"""Every example in README.md and docs/ is run: what a page shows is what a reader gets."""
