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
import { readPrepared, type Prepared, type PreparedFiles } from "./prepared";

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
  /** A memory with packages imported, to start from in place of the snapshot. */
  prepared?: PreparedFiles;
}

export interface Runtime extends PyodideAPI {
  /** Calls `listener` once when the interpreter dies, by a C-stack overflow or a trap in the
   *  wasm. */
  onFatal(listener: (error: unknown) => void): void;
  /** Whether it started from the snapshot. */
  readonly fromSnapshot: boolean;
  /** The packages that are imported already; none unless it started from a prepared memory. */
  readonly packages: readonly string[];
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
type PrivateApi = {
  _api: { on_fatal?: (error: unknown) => void; config: Partial<PrivateConfig> };
  _module: Partial<PrivateSettings>;
};

/** What a runtime starts from: a prepared memory, the snapshot or nothing. */
interface Start {
  memory: ArrayBuffer | null;
  prepared: Prepared | null;
}

export async function bootRuntime(files: RuntimeFiles): Promise<Runtime> {
  const reading = Promise.all([importModule(files.asm), readAll(files.wheels)]);
  const { pyodide, start } = await bootFirst(files, startsOf(files), reading);
  const fromSnapshot = start.memory !== null;
  addWheels(pyodide, (await reading)[1], fromSnapshot);
  addPackages(pyodide, start.prepared);
  pyodide.pyimport("random").seed(); // the snapshot holds the same state for everyone
  release(pyodide as unknown as PrivateApi);
  const onFatal = (listener: (error: unknown) => void): void => {
    (pyodide as unknown as PrivateApi)._api.on_fatal = listener;
  };
  const packages = start.prepared?.packages ?? [];
  return Object.assign(pyodide, { onFatal, fromSnapshot, packages });
}

/** Lets go of the memory that was copied: Pyodide holds all that it started with. */
function release({ _api, _module }: PrivateApi): void {
  delete _api.config._loadSnapshot;
  delete _api.config.createPyodideModule;
  delete _module.instantiateWasm;
}

/** The ways to start, fastest first. */
function startsOf({ prepared, snapshot }: RuntimeFiles): (() => Promise<Start>)[] {
  const plain = async (): Promise<Start> => ({ memory: null, prepared: null });
  const starts = [plain];
  if (snapshot) {
    starts.unshift(async () => ({ memory: await snapshot.arrayBuffer(), prepared: null }));
  }
  if (prepared) {
    starts.unshift(async () => {
      const read = await readPrepared(prepared);
      return { memory: read.memory, prepared: read };
    });
  }
  return starts;
}

/** Boots by the first way that works. */
async function bootFirst(
  files: RuntimeFiles,
  [next, ...others]: (() => Promise<Start>)[],
  reading: Promise<[CreateModule, unknown]>,
): Promise<{ pyodide: PyodideAPI; start: Start }> {
  try {
    const [[create], start] = await Promise.all([reading, next!()]);
    const boot = (): Promise<PyodideAPI> => loadPyodide(config(files, create, start));
    return { pyodide: await withFiles(files, boot), start };
  } catch (error) {
    if (others.length === 0) throw error;
    console.warn("pyagent: the memory snapshot does not fit, starting without it.", error);
    return bootFirst(files, others, reading);
  }
}

function config(files: RuntimeFiles, create: CreateModule, start: Start): PrivateConfig {
  const { memory, prepared } = start;
  const creating = memory === null ? create : withSnapshot(create, memory);
  return {
    createPyodideModule: prepared === null ? creating : withLibraries(creating, prepared),
    indexURL: NOWHERE,
    packageBaseUrl: PACKAGES,
    lockFileContents: files.lock,
    enableRunUntilComplete: false, // it crashes Safari
    ...(memory === null ? {} : { _loadSnapshot: new Uint8Array(memory) }),
  };
}

/** Links the libraries before Pyodide copies the memory. */
function withLibraries(create: CreateModule, prepared: Prepared): CreateModule {
  return async (settings) => {
    const module = await create(settings);
    prepared.link(module);
    return module;
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

/** Puts the files of packages where they were when the memory was made, for later imports. */
function addPackages(pyodide: PyodideAPI, prepared: Prepared | null): void {
  if (prepared === null) return;
  const made = new Set<string>();
  for (const [path, bytes] of prepared.files) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (!made.has(folder)) pyodide.FS.mkdirTree(folder);
    made.add(folder);
    pyodide.FS.writeFile(path, bytes, { canOwn: true });
  }
  pyodide.pyimport("importlib").invalidate_caches();
  pyodide.pyimport("numpy.random").seed();
  // It reads years of two digits by the year in which it was imported.
  const { info } = pyodide.pyimport("dateutil.parser").DEFAULTPARSER;
  info._year = new Date().getFullYear();
  info._century = info._year - (info._year % 100);
}
