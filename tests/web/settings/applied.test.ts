import { beforeEach, expect, test, vi } from "vitest";
import type { SessionSettings } from "../../../web/src/api/session";
import { Controller } from "../../../web/src/element/controller";
import { defaultSettings, type Settings } from "../../../web/src/settings/settings";
import { FakeSession } from "../support/fake_session";
import * as say from "../support/messages";

const DEMO: Settings = { ...defaultSettings, kind: "demo" };
const REPLACED = { kind: "replaced" };

let session: FakeSession;
let controller: Controller;
/** Answers the request for the list of local models. */
let list: () => void;

beforeEach(() => {
  localStorage.clear();
  session = new FakeSession();
  session.start();
  const host = { requestUpdate: () => undefined, onMessage: () => undefined };
  controller = new Controller({ ...host, onProblem: () => undefined }, session);
  const listed = Promise.withResolvers<void>();
  list = listed.resolve;
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
    await listed.promise;
    return Response.json([]);
  });
});

function local(name: string): Settings {
  return { ...defaultSettings, kind: "local", local: `https://x.example/${name}.gguf` };
}

/** Local models load forever. */
async function loadForEver({ model }: SessionSettings): Promise<void> {
  if (model.kind === "local") await new Promise(() => undefined);
}

function kinds(): string[] {
  return session.configured.map(({ model }) => model.kind);
}

test("a task and the settings given just before it wait for one answer", async () => {
  const answer = Promise.withResolvers<void>();
  session.onConfigure = () => answer.promise;
  const chosen = controller.use(DEMO);
  const result = controller.tasks.run("Add");
  await vi.waitFor(() => expect(session.configured.length).toBe(1));
  expect(session.tasks).toEqual([]);

  answer.resolve();
  await chosen;
  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
  session.say(say.finished());

  expect((await result).problem).toBe(null);
  expect(session.configured.length).toBe(1);
});

test("a task that waits for a model runs with one that is chosen instead", async () => {
  list();
  session.onConfigure = loadForEver;
  controller.preferences.settings = local("large");
  const result = controller.tasks.run("Add");
  await vi.waitFor(() => expect(kinds()).toEqual(["local"]));

  await controller.use(DEMO);

  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
  session.say(say.finished());
  expect((await result).problem).toBe(null);
  expect(kinds()).toEqual(["local", "demo"]);
});

test("a task ends when the loading of its model is cancelled", async () => {
  list();
  session.onConfigure = loadForEver;
  controller.preferences.settings = local("large");
  const result = controller.tasks.run("Add");
  await vi.waitFor(() => expect(kinds()).toEqual(["local"]));

  controller.cancelLoading();

  expect((await result).problem).toMatchObject(REPLACED);
  expect(kinds()).toEqual(["local", "demo"]);
});

test("slow settings do not replace later ones", async () => {
  const first = controller.use(local("small"));
  await controller.use(DEMO);
  list();

  await first;

  expect(kinds()).toEqual(["demo"]);
});

test("cancelling the loading drops everything that was asked for", async () => {
  const asked = ["small", "large"].map((name) => controller.use(local(name)));
  controller.cancelLoading();
  list();

  for (const use of asked) await expect(use).rejects.toMatchObject(REPLACED);

  expect(kinds()).toEqual(["demo"]);
});
