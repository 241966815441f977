"""One guest seen from the trusted side: its start, its messages, its end. Believes nothing it says."""
