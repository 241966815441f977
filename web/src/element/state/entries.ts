/**
 * The entries of a kept conversation: what changed it, in order. `reduce` makes the same conversation
 * from them again.
 *
 * Messages are kept as their text, so that what comes back, perhaps from an older version, is checked
 * against its declaration like a message of another realm.
 */
import type { RunOptions } from "../../api/session";
import type { Event, FileInfo, FromAgent, ToAgent, ToolCall, ToolReturn } from "../../protocol";
import { isEvent, loads, part, ProtocolError } from "../../wire";
import type { Action } from "./conversation";

/** What came with a task. */
export type Given = Pick<RunOptions, "files" | "args" | "maxSteps">;

export type Entry =
  | {
      kind: "task";
      key: number;
      task: string;
      model: string;
      batch: boolean;
      files: FileInfo[];
      given: Given;
    }
  | { kind: "event"; text: string; buffers: Blob[] }
  | { kind: "call" | "returned"; text: string }
  | { kind: "approved"; runId: string; callId: number; allowed: boolean }
  | { kind: "replied"; runId: string; callId: number }
  | { kind: "ended"; key: number; text: string }
  | { kind: "interrupted" | "resuming" };

/** What an entry says, checked. */
export type Told =
  { action: Action; given?: Given } | { call: ToolCall } | { returned: ToolReturn };

/** Returns the entry for an action; null for one that need not be kept. */
export function entryOf(action: Action, given: Given): Entry | null {
  switch (action.type) {
    case "submitted": {
      const { key, task, model, batch, files } = action;
      return { kind: "task", key, task, model, batch, files, given: cloneable(given) };
    }
    case "event":
      return eventEntry(action.event, action.buffers);
    case "approved":
    case "replied": {
      const { type: kind, ...rest } = action;
      return { kind, ...rest } as Entry;
    }
    case "ended":
      return { kind: "ended", key: action.key, text: JSON.stringify(action.result) };
    case "interrupted":
    case "resuming":
      return { kind: action.type };
    case "stopping":
      return null;
  }
}

export function eventEntry(event: Event, buffers: readonly (ArrayBuffer | Blob)[] = []): Entry {
  const blobs = buffers.map((one) => (one instanceof Blob ? one : new Blob([one])));
  // The channel has checked it already, and will check it when it comes back.
  return { kind: "event", text: JSON.stringify(event), buffers: blobs };
}

export function callEntry(message: ToolCall | ToolReturn): Entry {
  return message.type === "tool_call"
    ? { kind: "call", text: JSON.stringify(message) }
    : { kind: "returned", text: JSON.stringify(message) };
}

/** About how many bytes an entry takes. */
export function sizeOf(entry: Entry): number {
  switch (entry.kind) {
    case "event":
      return entry.buffers.reduce((sum, { size }) => sum + size, entry.text.length);
    case "task":
      return (entry.given.files ?? []).reduce(
        (sum, { size }) => sum + size,
        entry.task.length + charsOf(entry.given.args),
      );
    case "call":
    case "returned":
    case "ended":
      return entry.text.length;
    default:
      return 100;
  }
}

/** How long the values are as JSON; 0 for what has no such form, with which the task fails. */
function charsOf(values: unknown): number {
  try {
    return JSON.stringify(values)?.length ?? 0;
  } catch {
    return 0;
  }
}

/** Returns what an entry says. Throws when it is damaged. */
export function toldBy(entry: unknown): Told {
  const kept = entry as Entry;
  switch (kept?.kind) {
    case "task": {
      const { key, task, model, batch, files, given = {} } = kept;
      check(isCount(key), isText(task), isText(model), typeof batch === "boolean");
      check(Array.isArray(files));
      const infos = files.map((file) => part("FileInfo", file));
      return {
        action: { type: "submitted", key, task, model, batch, files: infos },
        given: checkedGiven(given),
      };
    }
    case "event": {
      const event = loads(String(kept.text), "FromAgent");
      if (!isEvent(event)) throw new ProtocolError("A message is not an event.");
      const buffers = Array.isArray(kept.buffers) ? kept.buffers.filter(isBlob) : [];
      return { action: { type: "event", event, buffers } };
    }
    case "call":
      return { call: messageOfType(loads(String(kept.text), "FromAgent"), "tool_call") };
    case "returned":
      return { returned: messageOfType(loads(String(kept.text), "ToAgent"), "tool_return") };
    case "approved":
    case "replied": {
      const { kind: type, ...rest } = kept;
      check(isText(rest.runId), isCount(rest.callId));
      check(kept.kind === "replied" || typeof kept.allowed === "boolean");
      return { action: { type, ...rest } as Action };
    }
    case "ended": {
      const result = messageOfType(loads(String(kept.text), "FromAgent"), "run_finished");
      check(isCount(kept.key));
      return { action: { type: "ended", key: kept.key, result } };
    }
    case "interrupted":
    case "resuming":
      return { action: { type: kept.kind } };
    default:
      throw new ProtocolError("An entry is of no known kind.");
  }
}

/** What came with a task, without what cannot be kept or read again. The task fails with that. */
function cloneable({ files = [], args, maxSteps }: Given): Given {
  const rest = { files: [...files].filter(isFile), ...(isCount(maxSteps) ? { maxSteps } : {}) };
  try {
    return { ...rest, ...(isValues(args) ? { args: structuredClone(args) } : {}) };
  } catch {
    return rest;
  }
}

function isBlob(value: unknown): value is Blob {
  return value instanceof Blob;
}

function messageOfType<M extends FromAgent | ToAgent, T extends M["type"]>(
  message: M,
  type: T,
): Extract<M, { type: T }> {
  if (message.type !== type) throw new ProtocolError(`A message is not ${type}.`);
  return message as Extract<M, { type: T }>;
}

function checkedGiven(given: Given): Given {
  check(isValues(given));
  const { files, args, maxSteps } = given;
  check(files === undefined || (Array.isArray(files) && files.every(isFile)));
  check(args === undefined || isValues(args), maxSteps === undefined || isCount(maxSteps));
  return given;
}

const isFile = (value: unknown): value is File => value instanceof File;
const isText = (value: unknown): boolean => typeof value === "string";
const isCount = (value: unknown): boolean => Number.isSafeInteger(value);
const isValues = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function check(...holds: readonly boolean[]): void {
  if (holds.includes(false)) throw new ProtocolError("An entry has a field of another kind.");
}
