"""The wire formats: how each writes a request and reads a reply. Opens no connection."""
