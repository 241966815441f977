/** Turns messages into JSON text and back, and checks them against their declaration in
 *  protocol.ts. This is the page's twin of pyagent/wire.py, with the same limits and the same
 *  refusals; tests/protocol_cases.json keeps the two alike. Text that is nested too deep is refused
 *  before JSON.parse sees it. */
import { borders, declarations } from "./protocol";
import type { FieldType, PartName, Parts, Scalar } from "./protocol";
import type { Event, FromAgent, FromGuest, Json, ToAgent, ToGuest } from "./protocol";

export const MAX_CHARS = 16 * 1024 * 1024;
export const MAX_DEPTH = 100;

export interface Borders {
  ToGuest: ToGuest;
  FromGuest: FromGuest;
  Event: Event;
  ToAgent: ToAgent;
  FromAgent: FromAgent;
}

/** A message that does not fit its declaration. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/** The JSON text of a message. Throws `ProtocolError`. */
export function dumps<B extends keyof Borders>(message: Borders[B], border: B): string {
  const text = JSON.stringify(checkMessage(message, border));
  checkSizeAndDepth(text);
  return text;
}

/** The message in `text`, with defaults filled in. Throws `ProtocolError`. */
export function loads<B extends keyof Borders>(text: string, border: B): Borders[B] {
  checkSizeAndDepth(text);
  let data: unknown;
  try {
    data = JSON.parse(text, text.isWellFormed() && !/\\ud/i.test(text) ? undefined : wholePairs);
  } catch (error) {
    throw new ProtocolError(`A message is not JSON: ${String(error)}`);
  }
  return checkMessage(data, border);
}

const eventTags = new Set(borders["Event"]?.map(tagOf));

/** Whether a message of the agent is an event of a run. */
export function isEvent(message: FromAgent): message is Event {
  return eventTags.has(message.type);
}

function checkSizeAndDepth(text: string): void {
  if (text.length > MAX_CHARS) {
    throw new ProtocolError(
      `A message is ${counted(text.length)} characters long; the limit is ${counted(MAX_CHARS)}.`,
    );
  }
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === 0x5c) at++;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x5b || char === 0x7b) depth++;
    else if (char === 0x5d || char === 0x7d) depth--;
    if (depth > MAX_DEPTH) {
      throw new ProtocolError(`A message is nested more than ${MAX_DEPTH} levels deep.`);
    }
  }
}

function counted(characters: number): string {
  return characters.toLocaleString("en");
}

function wholePairs(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed() : value;
}

function checkMessage<B extends keyof Borders>(data: unknown, border: B): Borders[B] {
  const tag = isObject(data) ? data["type"] : undefined;
  const name = borders[border]?.find((part) => tagOf(part) === tag);
  if (name === undefined) {
    const known = borders[border]?.map(tagOf).join(", ");
    throw new ProtocolError(
      `A message has the unknown type ${short(tag)}; expected one of ${known}.`,
    );
  }
  return checkPart(data, name, String(tag)) as unknown as Borders[B];
}

/** Returns the part that `data` describes, with defaults filled in. Throws `ProtocolError`. */
export function part<N extends PartName>(name: N, data: unknown): Parts[N] {
  return checkPart(data, name, name) as unknown as Parts[N];
}

function tagOf(part: PartName): string | undefined {
  const type = declarations[part]["type"]?.type;
  return typeof type === "object" && "literal" in type ? type.literal[0] : undefined;
}

function checkPart(data: unknown, name: PartName, where: string): Record<string, unknown> {
  if (!isObject(data)) throw misfit(where, "an object", data);
  const declaration = declarations[name];
  for (const key of Object.keys(data)) {
    if (!Object.hasOwn(declaration, key)) {
      throw new ProtocolError(`${where}: unknown field ${short(key)}.`);
    }
  }
  const checked: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(declaration)) {
    if (data[key] !== undefined) {
      checked[key] = check(data[key], field.type, `${where}.${key}`);
    } else if (field.default !== undefined) {
      checked[key] = structuredClone(field.default);
    } else {
      throw new ProtocolError(`${where}: missing field ${key}.`);
    }
  }
  return checked;
}

function check(value: unknown, type: FieldType, where: string): unknown {
  if (typeof type === "string") return checkScalar(value, type, where);
  if ("part" in type) return checkPart(value, type.part, where);
  if ("optional" in type) return value === null ? null : check(value, type.optional, where);
  if ("literal" in type) {
    if (type.literal.includes(value as string)) return value;
    throw misfit(where, `one of ${type.literal.join(", ")}`, value);
  }
  if ("list" in type) {
    if (!Array.isArray(value)) throw misfit(where, "a list", value);
    return value.map((item, index) => check(item, type.list, `${where}.${index}`));
  }
  if (!isObject(value)) throw misfit(where, "an object", value);
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, item]) => [key, check(item, type.dict, `${where}.${key}`)]),
  );
}

function checkScalar(value: unknown, type: Scalar, where: string): unknown {
  if (type === "str" && typeof value === "string") return value;
  if (type === "bool" && typeof value === "boolean") return value;
  if (type === "int" && Number.isSafeInteger(value)) return value;
  if (type === "float" && Number.isFinite(value)) return value;
  if (type === "json") return checkJson(value, where);
  throw misfit(
    where,
    { str: "text", bool: "true or false", int: "an integer", float: "a number" }[type],
    value,
  );
}

/** Refuses what JSON would drop or turn into null: a host tool may return anything. */
function checkJson(value: unknown, where: string, depth = 0): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (depth > MAX_DEPTH)
    throw new ProtocolError(`${where}: nested more than ${MAX_DEPTH} levels deep.`);
  if (Array.isArray(value)) return value.map((item) => checkJson(item, where, depth + 1));
  if (!isObject(value)) throw misfit(where, "a JSON value", value);
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key, checkJson(item, where, depth + 1)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function misfit(where: string, expected: string, value: unknown): ProtocolError {
  return new ProtocolError(`${where}: expected ${expected}, got ${short(value)}.`);
}

function short(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.slice(0, 60);
}
