"""Where generated code runs. ``base`` says what an executor offers, ``remote`` drives a guest."""
