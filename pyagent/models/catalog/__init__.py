"""Tables of providers and of hosted models, and how to look things up in them. Asks no model."""
