/** Tests how a sandbox's frame answers those who had it load packages. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RuntimeFiles } from "../../../web/src/runtime/boot";
import { SandboxFrame } from "../../../web/src/sandbox/frame";
import type { SandboxState } from "../../../web/src/sandbox/messages";

const ahead = (...modules: string[]) => ({ wheels: {}, modules });

let tell: (state: SandboxState) => void;

/** Makes a sandbox whose worker is the test. */
function sandbox(): SandboxFrame {
  const frame = new SandboxFrame({} as RuntimeFiles);
  document.querySelector("iframe")!.dispatchEvent(new Event("load"));
  return frame;
}

beforeEach(() => {
  const postMessage = (_start: unknown, _origin: string, ports: MessagePort[]): void => {
    tell = (state) => ports[0]!.postMessage(state);
  };
  const window = { postMessage } as unknown as Window;
  vi.spyOn(HTMLIFrameElement.prototype, "contentWindow", "get").mockReturnValue(window);
});
afterEach(() => {
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

test("each of two loads gets its own answer", async () => {
  const frame = sandbox();
  const first = frame.load(ahead("bad", "pandas"));
  const second = frame.load(ahead("scipy"));

  tell({ type: "loaded", failed: ["bad"] });
  tell({ type: "loaded", failed: [] });

  expect(await Promise.all([first, second])).toEqual([["bad"], []]);
  tell({ type: "loaded", failed: ["nobody asked"] });
  frame.kill();
});

test("loads end when the sandbox is killed", async () => {
  const frame = sandbox();
  const loads = [frame.load(ahead("pandas")), frame.load(ahead("scipy"))];

  frame.kill();

  for (const load of loads) await expect(load).rejects.toThrow("killed");
  await expect(frame.load(ahead("late"))).rejects.toThrow("killed");
});

test("loads end when the sandbox dies", async () => {
  const frame = sandbox();
  const load = frame.load(ahead("pandas"));

  tell({ type: "died", reason: "Out of memory." });

  await expect(load).rejects.toThrow("Out of memory.");
  await expect(frame.load(ahead("late"))).rejects.toThrow("Out of memory.");
  frame.kill();
});
