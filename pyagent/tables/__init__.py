"""Reads the data files that people have: encodings, separators, number styles, sheets.

The preview of a task's files and ``query_db`` use it, so that both say the same of a file. Reading
has limits and never guesses in silence: what can mean two things stays text, and a note says so.
"""
