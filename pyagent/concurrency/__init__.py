"""Threads and event loops, for everything above: nothing here knows of models, tools or agents."""
