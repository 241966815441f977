"""One run of an agent, from the task to the result. Nothing here knows the classes of agents.

``loop`` drives the run, an ``actor`` takes its steps, and ``asker`` asks the model. They share the
``setup``, which is fixed, and the ``state``, which changes. ``limits`` ends a run that uses too
much, and ``slot`` is where an agent keeps the run under way.
"""
