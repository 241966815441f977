"""The Python of the two workers in a browser: ports, fetch, and each worker's entry.

Only this package may import ``js`` or ``pyodide``. In it only ``bridge`` does, which only the
workers' entries import. Everything else here also runs on CPython, where the tests run it.
"""
