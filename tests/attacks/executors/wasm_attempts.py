"""What JavaScript in a guest under Deno can try. ``at`` tells it the addresses of the test.

Each attempt is the body of an async function. ``control`` is what it gives in a process that is
allowed everything; None where only the refusal can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass

REFUSED = r".*(NotCapable: |Requires (read|import) access).*"
ABSENT = r".*is not (a function|a constructor|defined).*"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    name: str
    attack: str
    expected: str = REFUSED
    control: str | None = None


def opened(code: str) -> str:
    """What ``code`` tells by ``yes`` or ``no``. It leaves a worker in ``w``, which is ended."""
    promise = f"new Promise((yes, no) => {{ {code} }})"
    return f"let w; try {{ return await {promise} }} finally {{ await w?.terminate?.(); }}"


NETWORK = [
    Attempt(
        name="WebSocket",
        attack=opened(
            "const s = new WebSocket(at.ws); s.onopen = () => yes('open');"
            " s.onerror = (e) => no(e.error ?? new Error(e.message));"
        ),
    ),
    Attempt(
        name="fetch of a new worker",
        attack=opened(
            "w = new Worker(URL.createObjectURL(new Blob(["
            "`fetch('${at.url}').then(() => postMessage('heard'), (e) => postMessage(String(e)))`"
            "])), { type: 'module' }); w.onmessage = (e) => yes(e.data);"
        ),
        control="'heard'",
    ),
    Attempt(
        name="Deno.connect",
        attack="return typeof (await Deno.connect({ hostname: '127.0.0.1', port: at.port }))",
        control="'object'",
    ),
    Attempt(
        name="Deno.connectTls",
        attack="return typeof (await Deno.connectTls({ hostname: '127.0.0.1', port: at.port }))",
    ),
    Attempt(
        name="unix socket",
        attack="return typeof (await Deno.connect({ transport: 'unix', path: at.socket }))",
        control="'object'",
    ),
    Attempt(name="Deno.listen", attack="Deno.listen({ port: 0 }); return 1", control="1"),
    Attempt(
        name="Deno.serve",
        attack="Deno.serve({ port: 0, onListen() {} }, () => null); return 1",
        control="1",
    ),
    Attempt(name="Deno.resolveDns", attack="return await Deno.resolveDns('localhost', 'A')"),
    Attempt(
        name="node:net",
        attack="const net = await import('node:net');"
        + opened(
            "const c = net.connect(at.port, '127.0.0.1'); c.on('connect', () => yes('open'));"
            " c.on('error', no);"
        ),
        control="'open'",
    ),
    Attempt(
        name="node:http",
        attack="const http = await import('node:http');"
        + opened("http.get(at.url, (r) => yes('heard')).on('error', no);"),
        control="'heard'",
    ),
    Attempt(
        name="node:http2",
        attack="const http = await import('node:http2');"
        + opened(
            "const c = http.connect(at.url); c.on('connect', () => yes('open')); c.on('error', no);"
        ),
        control="'open'",
    ),
    Attempt(
        name="node:dns",
        attack="return (await (await import('node:dns/promises')).lookup('localhost')).address",
        expected=".*EPERM.*",
        control=".*(::1|127).*",
    ),
    Attempt(
        name="import of a script of a host", attack="return typeof (await import(at.url + 'm.js'))"
    ),
    Attempt(
        name="worker from a host",
        attack=opened(
            "w = new Worker(at.url + 'w.js', { type: 'module' });"
            " w.onerror = (e) => { e.preventDefault(); no(new Error(e.message)); };"
            " w.onmessage = () => yes('ran');"
        ),
    ),
    Attempt(
        name="npm package",
        attack="return typeof (await import('npm:left-pad@1.3.0'))",
        expected=".*--no-npm.*",
    ),
    Attempt(
        name="JSR package",
        attack="return typeof (await import('jsr:@std/path@1'))",
        expected=".*--no-remote.*",
    ),
    Attempt(
        name="debugger that listens",
        attack="(await import('node:inspector')).open(0); return 1",
        control=".*",
    ),
]

FILES = [
    Attempt(name="read", attack="return Deno.readTextFileSync(at.file)", control="'secret'"),
    Attempt(name="list", attack="return [...Deno.readDirSync('/')].length > 0", control="True"),
    Attempt(name="stat", attack="return Deno.statSync(at.file).size", control="6"),
    Attempt(name="open", attack="Deno.openSync(at.file); return 1", control="1"),
    Attempt(name="watch", attack="Deno.watchFs(at.folder).close(); return 1", control="1"),
    Attempt(
        name="node:fs",
        attack="return (await import('node:fs')).readFileSync(at.file, 'utf8')",
        control="'secret'",
    ),
    Attempt(
        name="its own environment in /proc",
        attack="return (await import('node:fs')).readFileSync('/proc/self/environ').length > 0",
        control="True",
    ),
    Attempt(
        name="import as text",
        attack="return (await import('file://' + at.file, { with: { type: 'text' } })).default",
        control=".*secret.*|.*raw-imports.*",
    ),
    Attempt(
        name="import as JSON",
        attack="return (await import('file://' + at.json, { with: { type: 'json' } })).default",
        control="'secret'",
    ),
    Attempt(
        name="import as a script",
        attack="return (await import('file://' + at.script)).default",
        control="'secret'",
    ),
    Attempt(
        name="require",
        attack="const { createRequire } = await import('node:module');"
        " return createRequire('file:///')(at.script).default",
        control="'secret'",
    ),
    Attempt(
        name="worker from a file",
        attack=opened(
            "w = new Worker('file://' + at.script, { type: 'module' });"
            " w.onerror = (e) => { e.preventDefault(); no(new Error(e.message)); };"
            " w.onmessage = (e) => yes(e.data);"
        ),
        control="'ran'",
    ),
    Attempt(
        name="write", attack="Deno.writeTextFileSync(at.folder + '/a', ''); return 1", control="1"
    ),
    Attempt(
        name="node:fs write",
        attack="(await import('node:fs')).writeFileSync(at.folder + '/b', ''); return 1",
        control="1",
    ),
    Attempt(name="temporary file", attack="Deno.makeTempFileSync({ dir: at.folder }); return 1"),
    Attempt(
        name="symbolic link",
        attack="Deno.symlinkSync(at.file, at.folder + '/c'); return 1",
        control="1",
    ),
    Attempt(
        name="hard link",
        attack="(await import('node:fs')).linkSync(at.file, at.folder + '/d'); return 1",
        control="1",
    ),
    Attempt(name="folder", attack="Deno.chdir(at.folder); return 1"),
    Attempt(
        name="SQLite file",
        attack="const { DatabaseSync } = await import('node:sqlite');"
        " new DatabaseSync(at.folder + '/e').exec('create table t (a)'); return 1",
        control="1",
    ),
    Attempt(
        name="SQLite attach",
        attack="const { DatabaseSync } = await import('node:sqlite');"
        " new DatabaseSync(':memory:').exec(`attach '${at.folder}/f' as x`); return 1",
        expected=".*too many attached databases.*",
    ),
    Attempt(
        name="SQLite vacuum",
        attack="const { DatabaseSync } = await import('node:sqlite');"
        " new DatabaseSync(':memory:').exec(`vacuum into '${at.folder}/g'`); return 1",
        expected=".*too many attached databases.*",
    ),
    Attempt(
        name="heap snapshot",
        attack="(await import('node:v8')).writeHeapSnapshot(at.folder + '/h'); return 1",
    ),
    Attempt(
        name="log of the engine",
        attack="const v8 = await import('node:v8');"
        " for (const flag of ['--log', '--prof', `--logfile=${at.folder}/i`])"
        " v8.setFlagsFromString(flag);"
        + opened(
            "w = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])), { type: 'module' });"
            " w.onmessage = (e) => yes(e.data);"
        ),
        expected="1",
    ),
]

MACHINE = [
    Attempt(name="key", attack="return Deno.env.get(at.key)", control="'secret'"),
    Attempt(name="all keys", attack="return Deno.env.toObject()[at.key]", control="'secret'"),
    Attempt(name="process.env", attack="return process.env[at.key]", control="'secret'"),
    Attempt(
        name="shared environment of a thread",
        attack="const { Worker, SHARE_ENV } = await import('node:worker_threads');"
        + opened(
            "w = new Worker(`const { parentPort } = require('worker_threads'); let v;"
            " try { v = process.env['${at.key}']; } catch (e) { v = e.name + ': ' + e.message; }"
            " parentPort.postMessage(String(v));`, { eval: true, env: SHARE_ENV });"
            " w.on('message', yes); w.on('error', no);"
        ),
        control="'secret'",
    ),
    Attempt(name="name of the host", attack="return Deno.hostname()", control=".+"),
    Attempt(name="node:os", attack="return (await import('node:os')).userInfo().username"),
    Attempt(name="interfaces", attack="return Deno.networkInterfaces().length >= 0"),
    Attempt(
        name="program",
        attack="return new Deno.Command('/bin/true').outputSync().code",
        control="0",
    ),
    Attempt(
        name="child process",
        attack="return String((await import('node:child_process')).execSync('echo ran'))",
        control=".*ran.*",
    ),
    Attempt(
        name="signal to its parent", attack="Deno.kill(Deno.ppid, 'SIGCONT'); return 1", control="1"
    ),
    Attempt(
        name="process.kill", attack="process.kill(process.ppid, 'SIGCONT'); return 1", control="1"
    ),
    Attempt(
        name="native library",
        attack="Deno.dlopen('libc.so.6', {}); return 1",
        control="1|.*cannot open.*",
    ),
    Attempt(
        name="permission on request",
        attack="return (await Deno.permissions.request({ name: 'net' })).state",
        expected="'denied'",
        control="'granted'",
    ),
    Attempt(
        name="worker with permissions",
        attack=opened(
            "w = new Worker(URL.createObjectURL(new Blob(["
            "`let v; try { v = Deno.readTextFileSync('${at.file}'); }"
            " catch (e) { v = e.name + ': '; } postMessage(v);`"
            "])), { type: 'module' }); w.onmessage = (e) => yes(e.data);"
        ),
        control="'secret'",
    ),
    Attempt(name="localStorage", attack="localStorage.a = 1; return 1", expected=ABSENT),
    Attempt(
        name="caches",
        attack="await (await caches.open('a')).put('http://a/', new Response('a')); return 1",
        expected=".*Failed to create cache storage directory.*",
        control="1",
    ),
    Attempt(name="key-value store", attack="await Deno.openKv(); return 1", expected=ABSENT),
    Attempt(
        name="folders of this machine",
        attack="return [Deno.execPath(), Deno.cwd(), Deno.mainModule.slice(0, 5), ...process.argv,"
        " process.execPath, process.cwd(), new Error().stack].join(' ')",
        expected=r"(?!.*(/home|/root|/usr|/tmp|/opt|site-packages)).*",
    ),
]

ALL = [*NETWORK, *FILES, *MACHINE]
