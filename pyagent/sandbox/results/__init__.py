"""Turns what code shows and answers into MIME bundles. Runs in the guest, beside generated code."""
