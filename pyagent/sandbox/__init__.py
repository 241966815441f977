"""The guest: everything of ours that runs beside generated code. ``guest`` is where to start."""
