"""Tables of providers and of hosted models, with functions that look things up in them."""
