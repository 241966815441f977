"""Where generated code runs. ``base`` says what an executor offers, ``remote`` uses a guest."""
