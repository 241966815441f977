"""What to do in place of what failed, in one sentence that a model can act on."""
