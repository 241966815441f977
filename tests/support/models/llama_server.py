"""llama.cpp's own OpenAI-compatible server, which the tests start in a separate process.

It prints its address, and ends when its standard input closes, even if the tests are killed.
Usage: ``python llama_server.py MODEL.gguf CONTEXT_TOKENS SLOTS THREADS [API_KEY]``.
"""

from __future__ import annotations

import sys

import xllamacpp  # type: ignore[import-untyped]


def main(path: str, context_tokens: str, slots: str, threads: str, api_key: str = "") -> None:
    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx = int(context_tokens) * int(slots)
    params.n_parallel = int(slots)
    params.cpuparams.n_threads = int(threads)
    params.port = 0
    params.sampling.temp = 0
    params.warmup = False
    if api_key:
        params.api_keys = [api_key]
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)  # noqa: T201
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
