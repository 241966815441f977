/**
 * The first thread of a guest's process under Deno, which has no permission at all.
 *
 * pyagent/executors/wasm/ starts it. The first frame on stdin brings every file that the guest starts
 * from; the bytes that follow are for the worker. The process ends as soon as stdin does, so that no
 * guest outlives its executor, whatever its code does.
 */
import { readSizes } from "./frames";
import type { Ended, Files, Start } from "./messages";
import { shared, Writer } from "./stream";

const WORKER = "worker.js";
const CHUNK = 1 << 16;

interface Listed {
  build_id: string;
  names: string[];
}

function readExactly(bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  for (let done = 0; done < bytes;) {
    const read = Deno.stdin.readSync(whole.subarray(done));
    if (read === null) Deno.exit(1);
    done += read;
  }
  return whole;
}

function startWorker(source: ArrayBuffer): Worker {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module", name: "guest" });
  worker.onmessage = ({ data }: MessageEvent<Ended>) => end(data);
  worker.onerror = (event) => {
    event.preventDefault();
    end(event.message);
  };
  return worker;
}

/** Ends the process. The last line on stderr is what the executor tells. */
function end(why: string): never {
  console.error(String(why).replaceAll(/\s+/g, " ").slice(0, 1_000));
  Deno.exit(1);
}

/** Passes on what comes until nothing more can. */
async function passOn(writer: Writer): Promise<never> {
  for (;;) {
    const chunk = new Uint8Array(CHUNK);
    const read = await Deno.stdin.read(chunk);
    if (read === null) Deno.exit(0);
    writer.write(chunk.subarray(0, read));
  }
}

const [head, first, ...others] = readSizes(readExactly)!;
const { names, build_id } = JSON.parse(new TextDecoder().decode(readExactly(head!))) as Listed;
if (names[0] !== WORKER) end("The files came in another order.");
const worker = startWorker(readExactly(first!).buffer);
const files: Files = {};
others.forEach((size, at) => (files[names[at + 1]!] = readExactly(size).buffer));
const stream = shared();
const writer = new Writer(stream);
Deno.addSignalListener("SIGINT", () => writer.interrupt());
const start: Start = { shared: stream, buildId: build_id, files };
worker.postMessage(start, Object.values(files));
void passOn(writer).catch(() => Deno.exit(1));
