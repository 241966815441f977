/** Tests what the page says about being kept, and when it takes an update. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FromWorker, ToWorker } from "../../../web/src/offline/build";
import { Offline } from "../../../web/src/offline/offline";

const BASE = new URL("./", location.href);

class FakeWorker extends EventTarget {
  readonly told: ToWorker[] = [];
  state = "activated";

  constructor(readonly build: string) {
    super();
  }

  postMessage(message: ToWorker, ports: MessagePort[] = []): void {
    this.told.push(message);
    if (message.type === "about") ports[0]!.postMessage({ build: this.build });
  }
}

class FakeRegistration extends EventTarget {
  installing: FakeWorker | null = null;
  waiting: FakeWorker | null = null;
  active: FakeWorker | null = null;
  update = async () => this;
}

let container: EventTarget & { register: () => Promise<FakeRegistration> };
let registration: FakeRegistration;
let reloads: number;

function started(build = "b1"): Promise<Offline> {
  const offline = new Offline(BASE, build, () => void reloads++);
  return offline.start().then(() => offline);
}

function giveFiles(getDirectory: () => Promise<unknown>): void {
  Object.defineProperty(navigator, "storage", { value: { getDirectory }, configurable: true });
}

function say(data: FromWorker): void {
  container.dispatchEvent(new MessageEvent("message", { data }));
}

beforeEach(() => {
  reloads = 0;
  registration = new FakeRegistration();
  container = Object.assign(new EventTarget(), { register: async () => registration });
  vi.stubGlobal("isSecureContext", true);
  Object.defineProperty(navigator, "serviceWorker", { value: container, configurable: true });
  giveFiles(async () => ({}));
});

afterEach(() => {
  vi.unstubAllGlobals();
  Reflect.deleteProperty(navigator, "serviceWorker");
  Reflect.deleteProperty(navigator, "storage");
});

test("the first visit shows what is kept, then that the page is ready", async () => {
  registration.installing = new FakeWorker("b1");
  const offline = await started();
  say({ type: "keeping", build: "b1", kept: 2, total: 5 });
  expect(offline.state).toMatchObject({ phase: "keeping", kept: 2, total: 5 });

  const worker = registration.installing;
  [registration.active, registration.installing] = [worker, null];
  worker.dispatchEvent(new Event("statechange"));
  await vi.waitFor(() => expect(offline.state).toMatchObject({ phase: "ready", update: false }));
});

test("a private window that forgets the page says so while it is ready", async () => {
  giveFiles(() => Promise.reject(new DOMException("no", "SecurityError")));
  registration.active = new FakeWorker("b1");
  const offline = await started();

  expect(offline.state.phase).toBe("ready");
  expect(offline.state.problem).toContain("it keeps no local model, and forgets the page");
});

test("an update waits for the person", async () => {
  registration.active = new FakeWorker("b1");
  const waiting = (registration.waiting = new FakeWorker("b2"));
  const offline = await started();
  expect(offline.state).toMatchObject({ phase: "ready", update: true });
  expect(waiting.told.map(({ type }) => type)).toEqual(["about"]);

  offline.takeUpdate();
  expect(waiting.told.at(-1)).toEqual({ type: "take" });
  expect(reloads).toBe(0);
  container.dispatchEvent(new Event("controllerchange"));
  expect(reloads).toBe(1);
});

test("a tab whose update another tab has taken offers to load it", async () => {
  registration.active = new FakeWorker("b1");
  const offline = await started();
  registration.active = new FakeWorker("b2");
  container.dispatchEvent(new Event("controllerchange"));
  await vi.waitFor(() => expect(offline.state.update).toBe(true));

  offline.takeUpdate();
  expect(reloads).toBe(1);
});

test("a page that is newer than its worker takes the newer worker by itself", async () => {
  registration.active = new FakeWorker("b1");
  const waiting = (registration.waiting = new FakeWorker("b2"));
  const offline = await started("b2");

  expect(registration.active.told).toContainEqual({ type: "opened", build: "b2" });
  expect(waiting.told).toContainEqual({ type: "take" });
  expect(offline.state.update).toBe(false);
});

test.each([
  [true, "because the browser's storage is full"],
  [false, "Load it again to try once more. main.js is damaged"],
])("a page that cannot be kept says why (full: %s)", async (full, sentence) => {
  registration.installing = new FakeWorker("b1");
  const offline = await started();
  say({ type: "not_kept", build: "b1", full, reason: "main.js is damaged" });
  expect(offline.state.phase).toBe("failed");
  expect(offline.state.problem).toContain(sentence);
});

test("a damaged update is told, and the page stays ready", async () => {
  registration.active = new FakeWorker("b1");
  const offline = await started();
  say({ type: "not_kept", build: "b2", full: false, reason: "main.js is damaged." });
  expect(offline.state.phase).toBe("ready");
  expect(offline.state.problem).toBe(
    "A new version could not be loaded, so this one stays. main.js is damaged.",
  );
});

test("a browser that refuses is told in a sentence", async () => {
  container.register = () => Promise.reject(new DOMException("not allowed", "SecurityError"));
  const offline = await started();
  expect(offline.state.phase).toBe("failed");
  expect(offline.state.problem).toContain("Leave the private window");
});

test("an address without https is named as the cause", async () => {
  Reflect.deleteProperty(navigator, "serviceWorker");
  vi.stubGlobal("isSecureContext", false);
  const offline = await started();
  expect(offline.state.problem).toContain("its address does not begin with https");
});

test("engines that were used before the worker was there are kept later", async () => {
  const offline = await started();
  offline.keep(["wllama/wllama.wasm"]);
  registration.active = new FakeWorker("b1");
  container.dispatchEvent(new Event("controllerchange"));
  const message = { type: "keep", paths: ["wllama/wllama.wasm"] };
  await vi.waitFor(() => expect(registration.active!.told).toContainEqual(message));
});
