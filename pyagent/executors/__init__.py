"""Where generated code runs: the executors that users name, and what they are made of.

``base`` says what an executor offers, ``kinds`` which there are. Nothing here knows of agents.
"""
