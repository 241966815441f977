"""One run of an agent, from the task to the result. Nothing here knows the classes of agents."""
