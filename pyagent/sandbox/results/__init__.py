"""What code shows and answers, as MIME bundles. Runs in the guest, beside code that is not ours."""
