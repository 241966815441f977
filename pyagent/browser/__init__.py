"""The browser's side of pyagent: ports, fetch and the two workers' entries.

The only package that may import ``js`` or ``pyodide``, and in it only ``bridge`` does, and what a
worker's entry imports when it starts. Everything else here runs on CPython too, where it is tested.
"""
