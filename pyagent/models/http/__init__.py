"""What models need to speak HTTP: connections, retries, streams and errors in plain words.

Nothing here knows a wire format.
"""
