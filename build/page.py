"""Write the page's own files into dist/: index.html with its policy, the app's manifest and icons,
samples, engines of local models, models.json.

Called by ``dist.py`` after the bundle is there.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import models
from engine.patch import KERNELS, patched
from tools import ROOT, WEB

SAMPLE = ROOT / "pyagent" / "models" / "demo" / "seattle-weather.csv"
"""Weather of Seattle from 2012 to 2015, by the US National Weather Service."""

WLLAMA = WEB / "node_modules" / "@wllama"
WLLAMA_ENGINES = {
    "wllama.wasm": (WLLAMA / "wllama" / "esm" / "wasm" / "wllama.wasm", KERNELS[64]),
    "compat.wasm": (WLLAMA / "wllama-compat" / "wasm" / "wllama.wasm", KERNELS[32]),
}
"""Each engine and the faster kernels that the build puts into it."""
ONNX = WEB / "node_modules" / "onnxruntime-web" / "dist"
ONNX_FILES = [
    ONNX / f"ort-wasm-simd-threaded{build}.{kind}"
    for build in ("", ".asyncify")  # the second is for WebGPU
    for kind in ("wasm", "mjs")
]
"""transformers.js would take these from a CDN. They load only for a model that needs them."""


def make(dist: Path) -> str:
    """Write the files. Return the content security policy, which the server sends too."""
    policy = content_security_policy((dist / "sandbox-hash.txt").read_text("utf-8"))
    (dist / "sandbox-hash.txt").unlink()
    html = (WEB / "index.html").read_text("utf-8")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}" />'
    (dist / "index.html").write_text(html.replace("<head>", f"<head>\n    {meta}", 1), "utf-8")
    shutil.copytree(WEB / "app", dist, dirs_exist_ok=True)
    (dist / "samples").mkdir(exist_ok=True)
    shutil.copy2(SAMPLE, dist / "samples")
    (dist / "wllama").mkdir(exist_ok=True)
    for name, (engine, kernels) in WLLAMA_ENGINES.items():
        (dist / "wllama" / name).write_bytes(patched(engine.read_bytes(), kernels.read_bytes()))
    (dist / "onnx").mkdir(exist_ok=True)
    for source in ONNX_FILES:
        shutil.copy2(source, dist / "onnx")
    models.write_list(dist)
    return policy


def content_security_policy(bootstrap_hash: str) -> str:
    """Return the policy that says what the page may load.

    The sandbox's frame inherits the policy and adds its own, which is far stricter.

    A person may use any model's address, so connections may go to any host; a server in the local
    network seldom speaks https. On an https page, browsers block http except to this machine. Only
    our own scripts connect at all: code of a model has a policy without network. Styles may be
    inline because results shown as HTML inherit this policy; with images and fonts from the page
    only, a style cannot carry anything out.

    Text becomes a document or a script's address only by the named policies of Trusted Types. The
    server leaves that part out for the worker of transformers.js, which starts threads of its own.
    The sandbox's frame inherits it, but code there can write a policy of a name in the list.
    """
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' blob: 'wasm-unsafe-eval' '{bootstrap_hash}'",
            "worker-src 'self' blob:",
            "connect-src 'self' blob: data: https: http:",
            "img-src 'self' blob: data:",
            "media-src blob: data:",
            "style-src 'self' 'unsafe-inline'",
            "font-src 'self'",
            "frame-src 'self' blob:",
            "manifest-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            # Ours are in web/src/trusted.ts; engine_threads.mjs has the first too.
            "require-trusted-types-for 'script'",
            "trusted-types lit-html dompurify pyagent-scripts pyagent-frames pyagent-drawings",
        ]
    )
