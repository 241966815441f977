"""The ``wasm`` executor: the page's sandbox as a process on this machine, under Deno.

``site`` finds the built page, ``image`` makes of it what a guest starts from, ``guest_process``
starts a guest and ends it, and ``executor`` is the executor. The guest itself is in web/src/process
and in pyagent/browser/process_entry.py.
"""
