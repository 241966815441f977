import { afterEach, expect, test } from "vitest";
import "../../../../web/src/element/run/pa-error";
import type { ErrorInfo } from "../../../../web/src/protocol";
import * as say from "../../support/messages";

afterEach(() => document.body.replaceChildren());

async function textOf(error: Partial<ErrorInfo>): Promise<string> {
  const element = document.createElement("pa-error");
  element.error = { ...say.noError, ...error };
  document.body.append(element);
  await element.updateComplete;
  return element.renderRoot.querySelector("p")!.textContent!.replace(/\s+/g, " ").trim();
}

test("a reply that could not be used is told in a sentence", async () => {
  const message = "The model's reply was empty.";

  expect(await textOf({ type: "ParseError", message })).toBe(message);
});

test.each([
  [{ type: "ValueError", message: "no" }, "ValueError: no"],
  [{ type: "StopIteration" }, "StopIteration"],
  [{ type: "ParseError", message: "no element", line: 3 }, "ParseError: no element"],
  [{ type: "ParseError", message: "no element", traceback: "…" }, "ParseError: no element"],
])("an exception is named by its type: %j", async (error, text) => {
  expect(await textOf(error)).toBe(text);
});
