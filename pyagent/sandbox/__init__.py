"""The guest: all of our code that runs beside generated code. Start reading at ``guest``."""
