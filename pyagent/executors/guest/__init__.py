"""A guest seen from the trusted side: how it starts, what it sends, how it ends.

``peer`` answers what one guest sends, tool calls included. ``lifecycle`` starts guests and
replaces lost ones, and ``recovery`` keeps what the next guest gets back. ``deadline`` limits the
time of a step. Nothing that a guest says is trusted.
"""
