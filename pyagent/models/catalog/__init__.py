"""Tables of providers and of hosted models, with functions that look things up in them.

Nothing here asks a model or opens a connection.
"""
