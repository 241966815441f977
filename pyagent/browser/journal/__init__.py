"""A conversation in parts, as a page keeps it: what is saved after each step and taken back."""
