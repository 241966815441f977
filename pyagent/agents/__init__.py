"""The agents: the loop from a task over model, code and observations to an answer."""
