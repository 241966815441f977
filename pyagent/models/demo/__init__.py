"""The demonstration: a task, the replies that solve it, and the model that gives them."""
