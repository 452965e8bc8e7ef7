"""Applications as users write them."""
