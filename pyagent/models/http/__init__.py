"""Requests over HTTP: connections, retries, streams, errors in plain words. Knows no format."""
