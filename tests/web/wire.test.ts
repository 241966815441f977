/** Tests messages on the wire. The cases in protocol_cases.json run in Python too. */
import { describe, expect, test } from "vitest";
import cases from "../protocol_cases.json";
import type { Json, ToolReturn } from "../../web/src/protocol";
import { MAX_CHARS, MAX_DEPTH, ProtocolError, dumps, isEvent, loads } from "../../web/src/wire";
import type { Borders } from "../../web/src/wire";
import * as say from "./support/messages";

const returned = (value: unknown): ToolReturn => ({
  type: "tool_return",
  call_id: 1,
  value: value as Json,
  error: null,
});

describe("a good message is read and written back", () => {
  for (const { name, border, text, reads } of cases.good) {
    test(name, () => {
      const message = loads(text, border as keyof Borders);
      expect(message).toEqual(reads ?? JSON.parse(text));
      expect(loads(dumps(message, border as keyof Borders), border as keyof Borders)).toEqual(
        message,
      );
    });
  }
});

describe("a bad message is refused with the reason", () => {
  for (const { name, border, text, says } of cases.bad) {
    test(name, () => {
      const read = (): unknown => loads(text, border as keyof Borders);
      expect(read).toThrow(ProtocolError);
      expect(read).toThrow(says);
    });
  }
});

test("too large a message is refused in both directions", () => {
  const message = { type: "execute", id: 1, code: "x".repeat(MAX_CHARS) } as const;
  expect(() => dumps(message, "ToGuest")).toThrow("characters");
  expect(() => loads(JSON.stringify(message), "ToGuest")).toThrow("characters");
});

test("a host tool's value that is nested too deep is refused", () => {
  let value: unknown = [];
  for (let depth = 0; depth < MAX_DEPTH; depth++) value = [value];
  expect(() => dumps(returned(value), "ToAgent")).toThrow("deep");
  const endless: unknown[] = [];
  endless.push(endless);
  expect(() => dumps(returned(endless), "ToAgent")).toThrow("deep");
});

describe("a value that JSON would silently change is refused", () => {
  for (const value of [NaN, Infinity, undefined, new Date(), new Map(), () => 1, 1n, Symbol()]) {
    test(String(value), () => {
      expect(() => dumps(returned({ value }), "ToAgent")).toThrow(ProtocolError);
    });
  }
});

test("a default is a new object each time", () => {
  const read = (): { variables: Record<string, string> } =>
    loads('{"type":"executed","id":1}', "FromGuest") as never;
  read().variables["x"] = "1";
  expect(read().variables).toEqual({});
});

test("an event of a run is told from the agent's other messages", () => {
  expect(isEvent(say.notice("Hi"))).toBe(true);
  expect(isEvent({ type: "agent_ready", version: "0" })).toBe(false);
});
