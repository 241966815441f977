"""Brings the data packages (numpy, pandas and others) onto this machine and into a built site.

``scripts/run`` runs it in the background, ``scripts/build`` in the foreground; by hand,
``python build/data_packages DIST`` does the same. ``packages.json`` pins every file. Other modules
of the build do not import this one.
"""
