"""Executors in rented sandboxes: each service's own library, behind one way to reach a guest.

``executor`` is what they share, ``relayed`` reaches a guest by lines of text, ``source`` is what is
sent into a fresh sandbox. A service has a module that knows its library, and nothing else does.
"""
