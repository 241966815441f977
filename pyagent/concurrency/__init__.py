"""Threads and event loops for the rest of pyagent. Knows nothing of models, tools or agents."""
