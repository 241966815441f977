/**
 * The worker of a guest's process: boots Pyodide and lets Python serve on the process's pipes.
 * Everything that happens in this realm afterwards is hostile, so nothing here may know a secret.
 */
import { undisguised } from "./disguise";
import type { Parts } from "../port";
import { bootRuntime, type RuntimeFiles } from "../runtime/boot";
import { frame, readFrame } from "./frames";
import type { Ended, Files, Start } from "./messages";
import { Reader } from "./stream";
import { noticeClosing } from "../sandbox/closing";

declare const self: DedicatedWorkerGlobalScope;

const deno = undisguised();

function tell(why: Ended): void {
  self.postMessage(why);
}

function died(error: unknown): void {
  tell(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

/** Keeps what a library prints out of the frames. */
function quiet(): void {
  const { error } = console;
  for (const [name, value] of Object.entries(console)) {
    if (typeof value === "function") Reflect.set(console, name, error);
  }
}

function runtimeFiles(buildId: string, files: Files): RuntimeFiles {
  const blob = (name: string): Blob => new Blob([files[name]!]);
  const wheels = Object.keys(files).filter((name) => name.endsWith(".whl"));
  return {
    buildId,
    asm: blob("pyodide.asm.mjs"),
    wasm: blob("pyodide.asm.wasm"),
    stdlib: blob("python_stdlib.zip"),
    lock: new TextDecoder().decode(files["pyodide-lock.json"]),
    snapshot: blob("snapshot"),
    wheels: Object.fromEntries(wheels.map((name) => [name, blob(name)])),
  };
}

function write(pieces: Uint8Array[]): void {
  for (const piece of pieces) {
    for (let done = 0; done < piece.length;) done += deno.stdout.writeSync(piece.subarray(done));
  }
}

async function start({ shared, buildId, files }: Start): Promise<void> {
  const pyodide = await bootRuntime(runtimeFiles(buildId, files));
  pyodide.onFatal(died);
  pyodide.setInterruptBuffer(shared.interrupt);
  const reader = new Reader(shared);
  const port = {
    listen: () => undefined,
    post: (text: string, buffers: ArrayBuffer[] = []) => write(frame([text, ...buffers])),
    close: () => undefined,
  };
  const wait = (): Parts | null =>
    reader.wait() ? readFrame((bytes) => reader.read(bytes)) : null;
  const entry = pyodide.pyimport("pyagent.browser.process_entry");
  await entry.serve.callPromising(port, wait);
  tell("it ended by itself");
}

/** Tells of an end of this worker alone, of which the first thread does not learn. */
function noticeEnd(): void {
  const { exit } = deno;
  const ended = (): void => tell("it closed itself");
  noticeClosing(self, ended);
  deno.exit = (code) => {
    ended();
    return exit(code);
  };
}

quiet();
noticeEnd();
self.onmessage = ({ data }: MessageEvent<Start>) => {
  self.onmessage = null;
  start(data).catch(died);
};
