"""The demonstration: a task, the replies that solve it, and the model that gives them.

Only the model plays a script: the rest of such a run must be real.
"""
