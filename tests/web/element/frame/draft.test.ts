import { afterEach, expect, test, vi } from "vitest";
import "../../../../web/src/element/frame/pa-composer";
import type { PaComposer } from "../../../../web/src/element/frame/pa-composer";
import { areStoresRefused } from "../../../../web/src/runtime/stores";

vi.mock("../../../../web/src/runtime/stores", { spy: true });

afterEach(() => {
  document.body.replaceChildren();
  sessionStorage.clear();
});

async function shown(id = ""): Promise<PaComposer> {
  const agent = document.createElement("py-agent"); // not defined in this test
  const composer = document.createElement("pa-composer");
  agent.id = id;
  document.body.append(agent);
  agent.attachShadow({ mode: "open" }).append(composer);
  await composer.updateComplete;
  return composer;
}

function field(composer: PaComposer): HTMLTextAreaElement {
  return composer.renderRoot.querySelector("textarea")!;
}

async function write(composer: PaComposer, text: string): Promise<void> {
  field(composer).value = text;
  field(composer).dispatchEvent(new Event("input"));
  await composer.updateComplete;
}

async function give(composer: PaComposer, text: string): Promise<void> {
  await write(composer, text);
  field(composer).dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  await composer.updateComplete;
}

/** Closes the page. Returns whether the browser would ask first. */
function close(): boolean {
  const asks = !dispatchEvent(new Event("beforeunload", { cancelable: true }));
  dispatchEvent(new Event("pagehide"));
  document.body.replaceChildren();
  return asks;
}

async function afterReload(id = ""): Promise<string> {
  return field(await shown(id)).value;
}

test.each(["Sum the column", "two\nlines", "  an indented line"])(
  "a text in the field comes back after a reload: %j",
  async (text) => {
    await write(await shown(), text);

    expect(close()).toBe(false);

    expect(await afterReload()).toBe(text.trim());
  },
);

test("a text that was sent or removed does not come back", async () => {
  const composer = await shown();
  await write(composer, "one");
  close();
  await give(await shown(), "two");

  expect(close()).toBe(false);

  expect(await afterReload()).toBe("");
});

test("nothing is kept or asked after everything was forgotten", async () => {
  vi.mocked(areStoresRefused).mockReturnValue(true);
  const composer = await shown();
  await write(composer, "one");
  expect(close()).toBe(false);
  vi.mocked(areStoresRefused).mockReturnValue(false);
  expect(await afterReload()).toBe("");
});

test("each element of a page gets its own text back", async () => {
  await write(await shown("left"), "L");
  await write(await shown("right"), "R");

  close();

  expect([await afterReload("left"), await afterReload("right")]).toEqual(["L", "R"]);
});

test("the browser asks before it closes a page with a run", async () => {
  const composer = await shown();
  composer.running = true;
  await composer.updateComplete;

  expect(close()).toBe(true);
});

test("the browser asks before it closes a page with files in the field", async () => {
  const composer = await shown();
  await composer.attach([new File(["a"], "a.csv")]);

  expect(close()).toBe(true);
});

test("the browser asks while tasks wait, and their texts come back", async () => {
  const composer = await shown();
  composer.running = true;
  await give(composer, "then this");
  await write(composer, "and that");

  expect(close()).toBe(true);

  expect(await afterReload()).toBe("then this\n\nand that");
});

test("the browser does not ask for an element that is no longer in the page", async () => {
  const composer = await shown();
  composer.running = true;
  document.body.replaceChildren();

  expect(close()).toBe(false);
});
