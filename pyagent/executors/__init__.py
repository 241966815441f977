"""Where generated code runs: the executors that users name, and their parts.

``base`` says what an executor offers, ``kinds`` lists the executors. ``remote`` runs code in a
guest, and ``guest`` holds its parts. Nothing here knows of agents.
"""
