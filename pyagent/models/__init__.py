"""Language models. ``base`` says what every model offers; each kind of model has a file here.

Nothing here knows of agents or runs code.
"""
