"""The tools that come with pyagent, one family per file. ``tools.base`` says what every tool is.

``defaults`` lists the tools that every agent of the terminal and of the page has.
"""
