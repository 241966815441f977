"""A guest seen from the trusted side: start, messages, end. Believes nothing that it says."""
