"""The guest: all of our code that runs beside generated code. Start reading at ``guest``.

Nothing here may hold a secret or import more than the standard library, but for a few files of
pyagent that do not either.
"""
