"""The wire formats: how each writes a request and reads a reply. They open no connections."""
