"""What to do in place of what this place cannot do or import, in one sentence each."""
