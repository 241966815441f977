"""Language models. ``base`` says what a model offers; each class of models has a file here."""
