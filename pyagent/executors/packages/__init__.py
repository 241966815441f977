"""Python packages for guests that have no network: what the trusted side fetches, and when."""
