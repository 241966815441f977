"""What the ``docker`` executor does with a container engine.

``engine`` runs the engine's command, ``images`` makes the image that guests start from, and
``owner`` removes the containers of processes that are gone.
"""
