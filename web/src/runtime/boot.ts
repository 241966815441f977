/**
 * Starts Python from bytes, in the agent worker and in the sandbox worker.
 *
 * It fetches nothing, because the sandbox starts under `connect-src 'none'`. The snapshot is memory
 * in which our modules are already imported. Without a snapshot, or when this browser cannot use
 * it, the same Python starts more slowly. Snapshots are a private interface of Pyodide, so its
 * version is pinned.
 */
import { loadPyodide } from "pyodide";
import type { PyodideAPI } from "pyodide";

/**
 * Everything that a runtime starts from, to be posted between realms. They are blobs because a
 * message passes a blob by reference; 50 MB of buffers take over a second into a frame of another
 * process.
 */
export interface RuntimeFiles {
  buildId: string;
  /** pyodide.asm.mjs */
  asm: Blob;
  /** pyodide.asm.wasm */
  wasm: Blob;
  /** python_stdlib.zip */
  stdlib: Blob;
  /** pyodide-lock.json: the packages that the installer may fetch, with hashes. */
  lock: string;
  /** Memory after our imports, without the part that the wasm file holds; null to start without
   *  it. */
  snapshot: Blob | null;
  /** Pure-Python wheels by file name. Each becomes an entry of `sys.path` without being
   *  unpacked. */
  wheels: { [name: string]: Blob };
}

export interface Runtime extends PyodideAPI {
  /** Calls `listener` once when the interpreter dies, by a C-stack overflow or a trap in the
   *  wasm. */
  onFatal(listener: (error: unknown) => void): void;
  /** Whether it started from the snapshot. */
  readonly fromSnapshot: boolean;
}

/** The folder of the wheels; the snapshot was made with them in the same place. */
const WHEELS = "/wheels";

/** Pyodide wants an address for its files. Nothing is ever fetched from this one. */
const NOWHERE = "https://runtime.invalid/";

/** The base of the lock file's relative names, from which the installer gets compiled packages. */
const PACKAGES = "https://cdn.jsdelivr.net/pyodide/v314.0.7/full/";

type PyodideConfig = NonNullable<Parameters<typeof loadPyodide>[0]>;
type CreateModule = NonNullable<PyodideConfig["createPyodideModule"]>;
type PrivateConfig = PyodideConfig & { _loadSnapshot?: Uint8Array };
type InstanceReceiver = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;
type PrivateSettings = {
  instantiateWasm: (imports: WebAssembly.Imports, receive: InstanceReceiver) => unknown;
};
type PrivateApi = { _api: { on_fatal?: (error: unknown) => void } };

export async function bootRuntime(files: RuntimeFiles): Promise<Runtime> {
  const [createPyodideModule, memory, wheels] = await Promise.all([
    importModule(files.asm),
    files.snapshot?.arrayBuffer() ?? null,
    readAll(files.wheels),
  ]);
  const boot = (snapshot: ArrayBuffer | null) =>
    withFiles(files, () => loadPyodide(config(files, createPyodideModule, snapshot)));
  let pyodide: PyodideAPI;
  let fromSnapshot = memory !== null;
  try {
    pyodide = await boot(memory);
  } catch (error) {
    if (!fromSnapshot) throw error;
    console.warn("pyagent: the memory snapshot does not fit, starting without it.", error);
    fromSnapshot = false;
    pyodide = await boot(null);
  }
  addWheels(pyodide, wheels, fromSnapshot);
  pyodide.pyimport("random").seed(); // the snapshot holds the same state for everyone
  const onFatal = (listener: (error: unknown) => void): void => {
    (pyodide as unknown as PrivateApi)._api.on_fatal = listener;
  };
  return Object.assign(pyodide, { onFatal, fromSnapshot });
}

function config(
  files: RuntimeFiles,
  create: CreateModule,
  snapshot: ArrayBuffer | null,
): PrivateConfig {
  return {
    createPyodideModule: snapshot === null ? create : withSnapshot(create, snapshot),
    indexURL: NOWHERE,
    packageBaseUrl: PACKAGES,
    lockFileContents: files.lock,
    enableRunUntilComplete: false, // it crashes Safari
    ...(snapshot === null ? {} : { _loadSnapshot: new Uint8Array(snapshot) }),
  };
}

/**
 * Prepares memory for the snapshot. Pyodide copies the snapshot into memory of its initial size,
 * which is too small, so this grows it. It also adds what the wasm file holds, which
 * build/snapshot.mjs left out of the snapshot.
 */
function withSnapshot(create: CreateModule, snapshot: ArrayBuffer): CreateModule {
  // The second word says where memory begins. An error here leads to a start without the snapshot;
  // an error in the callback below would leave Pyodide waiting forever.
  const words = new Uint32Array(snapshot, new Uint32Array(snapshot, 0, 2)[1]);
  return (settings) => {
    const own = settings as unknown as PrivateSettings;
    const { instantiateWasm } = own;
    own.instantiateWasm = (imports, receive) =>
      instantiateWasm(imports, (instance, module) => {
        const memory = instance.exports["memory"] as WebAssembly.Memory;
        const initial = new Uint32Array(memory.buffer);
        for (let at = 0; at < initial.length; at++) words[at]! ^= initial[at]!;
        const missing = snapshot.byteLength - memory.buffer.byteLength;
        if (missing > 0) memory.grow(Math.ceil(missing / 65536));
        receive(instance, module);
      });
    return create(settings);
  };
}

async function readAll(files: { [name: string]: Blob }): Promise<Map<string, Uint8Array>> {
  const read = async ([name, file]: [string, Blob]): Promise<[string, Uint8Array]> => [
    name,
    new Uint8Array(await file.arrayBuffer()),
  ];
  return new Map(await Promise.all(Object.entries(files).map(read)));
}

async function importModule(source: Blob): Promise<CreateModule> {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return ((await import(url)) as { default: CreateModule }).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Replaces `fetch` while Pyodide starts, because Pyodide fetches its wasm and its library. */
async function withFiles<T>(files: RuntimeFiles, start: () => Promise<T>): Promise<T> {
  const bodies: { [name: string]: [Blob, string] } = {
    "pyodide.asm.wasm": [files.wasm, "application/wasm"],
    "python_stdlib.zip": [files.stdlib, "application/zip"],
  };
  const original = globalThis.fetch;
  globalThis.fetch = (input) => {
    const name = String(input).slice(NOWHERE.length);
    const [body, type] = bodies[name] ?? [];
    if (body === undefined) return Promise.reject(new TypeError(`No such runtime file: ${name}`));
    return Promise.resolve(new Response(body, { headers: { "Content-Type": type! } }));
  };
  try {
    return await start();
  } finally {
    globalThis.fetch = original;
  }
}

function addWheels(
  pyodide: PyodideAPI,
  wheels: Map<string, Uint8Array>,
  fromSnapshot: boolean,
): void {
  pyodide.FS.mkdirTree(WHEELS);
  for (const [name, bytes] of wheels) {
    const path = `${WHEELS}/${name}`;
    pyodide.FS.writeFile(path, bytes, { canOwn: true });
    if (!fromSnapshot) pyodide.pyimport("sys").path.append(path);
  }
}
