import { afterEach, expect, test, vi } from "vitest";
import "../../../../web/src/element/frame/pa-composer";
import type { PaComposer, Submission } from "../../../../web/src/element/frame/pa-composer";
import { within } from "../../support/page_element";

afterEach(() => {
  document.body.replaceChildren();
  vi.restoreAllMocks();
});

interface Shown {
  composer: PaComposer;
  field: HTMLTextAreaElement;
  sent: Submission[];
}

async function shown(running = false): Promise<Shown> {
  const composer = document.createElement("pa-composer");
  const sent: Submission[] = [];
  composer.running = running;
  composer.addEventListener("submission", (event) =>
    sent.push((event as CustomEvent<Submission>).detail),
  );
  document.body.append(composer);
  await composer.updateComplete;
  return { composer, field: composer.renderRoot.querySelector("textarea")!, sent };
}

async function press({ composer, field }: Shown, key: string, init = {}): Promise<string> {
  field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...init }));
  await composer.updateComplete;
  return field.value;
}

async function write({ composer, field }: Shown, text: string): Promise<void> {
  field.value = text;
  field.dispatchEvent(new Event("input"));
  await composer.updateComplete;
}

async function give(view: Shown, text: string): Promise<void> {
  await write(view, text);
  await press(view, "Enter");
}

function waiting({ composer }: Shown): string[] {
  return within(composer.shadowRoot!, "li .text").map((one) => one.textContent!);
}

async function finish({ composer }: Shown): Promise<void> {
  composer.running = false;
  await composer.updateComplete;
}

test("a task that is given while a run goes on waits, says so, and runs when it ends", async () => {
  const view = await shown(true);

  await give(view, "and then this");
  await give(view, "and at last that");

  expect(view.sent).toEqual([]);
  expect(view.field.value).toBe("");
  expect(waiting(view)).toEqual(["and then this", "and at last that"]);
  expect(within(view.composer.shadowRoot!, "li")[0]!.textContent).toContain(
    "Runs when this task ends",
  );

  await finish(view);
  expect(view.sent.map(({ task }) => task)).toEqual(["and then this"]);
  expect(waiting(view)).toEqual(["and at last that"]);

  view.composer.running = true;
  await view.composer.updateComplete;
  await finish(view);
  expect(view.sent.map(({ task }) => task)).toEqual(["and then this", "and at last that"]);
});

test("a waiting task can be removed", async () => {
  const view = await shown(true);
  await give(view, "one");
  await give(view, "two");

  within(view.composer.shadowRoot!, "li button")[0]!.click();
  await view.composer.updateComplete;
  await finish(view);

  expect(view.sent.map(({ task }) => task)).toEqual(["two"]);
});

test("waiting tasks go back into the field before what is there", async () => {
  const view = await shown(true);
  await give(view, "one");
  await give(view, "two");
  await write(view, "half a th");

  view.composer.takeBack();
  await finish(view);

  expect(view.field.value).toBe("one\n\ntwo\n\nhalf a th");
  expect(view.sent).toEqual([]);
});

test("the up key in an empty field recalls the tasks, and the down key goes back", async () => {
  const view = await shown();
  await give(view, "first");
  await give(view, "second\nwith two lines");

  const up = () => press(view, "ArrowUp");
  const down = () => press(view, "ArrowDown");
  expect([await up(), await up(), await up()]).toEqual([
    "second\nwith two lines",
    "first",
    "first",
  ]);
  expect([await down(), await down(), await down()]).toEqual(["second\nwith two lines", "", ""]);
});

test.each([
  ["text that the person wrote", "own text", {}],
  ["a key with Shift", "", { shiftKey: true }],
  ["a word that is being composed", "", { isComposing: true }],
])("the up key recalls nothing over %s", async (_, text, init) => {
  const view = await shown();
  await give(view, "first");
  await write(view, text);

  expect(await press(view, "ArrowUp", init)).toBe(text);
});

test("a recalled task that was changed stays", async () => {
  const view = await shown();
  await give(view, "first");
  await press(view, "ArrowUp");
  await write(view, "first and more");

  expect(await press(view, "ArrowUp")).toBe("first and more");
});

test("a recalled task can be given again", async () => {
  const view = await shown();
  await give(view, "first");
  await press(view, "ArrowUp");
  await press(view, "Enter");

  expect(view.sent.map(({ task }) => task)).toEqual(["first", "first"]);
  expect(await press(view, "ArrowUp")).toBe("first");
});

const readable = (name: string, type = "") =>
  Object.assign(new File(["x"], name, { type }), {
    slice: () => ({ arrayBuffer: async () => new ArrayBuffer(1) }),
  });

async function paste({ composer, field }: Shown, file: File): Promise<void> {
  const event = Object.assign(new Event("paste"), { clipboardData: { files: [file] } });
  field.dispatchEvent(event);
  await vi.waitFor(() => expect(composer.renderRoot.querySelector("pa-file")).not.toBe(null));
  await composer.updateComplete;
}

test("a pasted picture shows a thumbnail, and a second one does not replace it", async () => {
  Object.assign(URL, { createObjectURL: () => "blob:shown", revokeObjectURL: () => undefined });
  const view = await shown();

  await paste(view, readable("image.png", "image/png"));
  await paste(view, readable("image.png", "image/png"));

  await vi.waitFor(() =>
    expect(view.composer.renderRoot.querySelectorAll("pa-file").length).toBe(2),
  );
  const [first, second] = view.composer.renderRoot.querySelectorAll("pa-file");
  expect([first!.name, second!.name]).toEqual(["image.png", "image (2).png"]);
  await first!.updateComplete;
  expect(first!.renderRoot.querySelector("img")!.getAttribute("src")).toBe("blob:shown");
});

test.each([
  ["a.csv", "text/csv", 1],
  ["huge.png", "image/png", 50_000_000],
])("%s has an icon and no thumbnail", async (name, type, size) => {
  const element = document.createElement("pa-file");
  Object.assign(element, { name, size, picture: { type, size } });
  document.body.append(element);
  await element.updateComplete;

  expect(element.renderRoot.querySelector("img")).toBe(null);
});

test("a file with a long name is attached with a shorter one, and a sentence says so", async () => {
  const view = await shown();

  await view.composer.attach([readable("y".repeat(256) + ".csv")]);
  await view.composer.updateComplete;

  const name = view.composer.renderRoot.querySelector("pa-file")!.name;
  expect([name.length, name.endsWith(".csv")]).toEqual([180, true]);
  const sentence = view.composer.renderRoot.querySelector("[role=alert]")!.textContent!.trim();
  expect(sentence).toContain("was too long and has been shortened");
  expect(sentence.length).toBeLessThan(120);
});
