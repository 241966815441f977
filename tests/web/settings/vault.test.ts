import { beforeEach, expect, test } from "vitest";
import { Vault } from "../../../web/src/settings/vault";

type UseStore = NonNullable<ConstructorParameters<typeof Vault>[0]>;

const OPENAI = "https://api.openai.com";
const KEY = "sk-secret-1234";

/** The part of IndexedDB that idb-keyval needs; requests succeed at once. */
class MemoryStore {
  readonly entries = new Map<IDBValidKey, unknown>();
  readonly use = (async (_mode: unknown, callback: (store: unknown) => unknown) =>
    callback(this)) as UseStore;

  get(key: IDBValidKey) {
    return succeeding(this.entries.get(key));
  }

  put(value: unknown, key: IDBValidKey): void {
    this.entries.set(key, value);
  }

  delete(key: IDBValidKey): void {
    this.entries.delete(key);
  }

  get transaction() {
    return succeeding(undefined);
  }
}

function succeeding(result: unknown) {
  const request = { result, onsuccess: () => undefined };
  queueMicrotask(() => request.onsuccess());
  return request;
}

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});

async function nextVisit(): Promise<Vault> {
  const vault = new Vault(store.use);
  await vault.load();
  return vault;
}

test("a key is for its origin only", async () => {
  const vault = await nextVisit();

  await vault.set(OPENAI, KEY);

  expect(vault.get(OPENAI)).toBe(KEY);
  expect(vault.get("https://evil.example")).toBe("");
});

test("a key that is not remembered is gone with the page", async () => {
  await (await nextVisit()).set(OPENAI, KEY);

  const vault = await nextVisit();

  expect(vault.locked).toBe(false);
  expect(vault.get(OPENAI)).toBe("");
  expect(store.entries.size).toBe(0);
});

test("a remembered key opens only with its passphrase", async () => {
  const first = await nextVisit();
  await first.set(OPENAI, KEY);
  await first.remember("correct horse");

  const vault = await nextVisit();

  expect(vault.locked).toBe(true);
  expect(await vault.unlock("wrong horse")).toBe(false);
  expect(vault.get(OPENAI)).toBe("");
  expect(await vault.unlock("correct horse")).toBe(true);
  expect(vault.get(OPENAI)).toBe(KEY);
});

test("the kept data contains neither the key nor the passphrase", async () => {
  const vault = await nextVisit();
  await vault.set(OPENAI, KEY);
  await vault.remember("correct horse");

  const kept = JSON.stringify([...store.entries.values()], (_name, value: unknown) =>
    value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? latin1(value) : value,
  );

  expect(kept.length).toBeGreaterThan(KEY.length);
  for (const secret of [KEY, "secret", "correct", OPENAI]) expect(kept).not.toContain(secret);
});

test("a key entered later is kept too", async () => {
  const first = await nextVisit();
  await first.remember("correct horse");
  await first.set(OPENAI, KEY);

  const vault = await nextVisit();
  await vault.unlock("correct horse");

  expect(vault.get(OPENAI)).toBe(KEY);
});

test("the page's key is used before the person's until it is removed", async () => {
  const vault = await nextVisit();
  await vault.set(OPENAI, KEY);

  vault.give(new Map([[OPENAI, "sk-page"]]));
  expect(vault.get(OPENAI)).toBe("sk-page");

  vault.give(new Map([[OPENAI, ""]]));
  expect(vault.get(OPENAI)).toBe(KEY);
});

test("the page's key is never kept and does not overwrite the person's", async () => {
  const first = await nextVisit();
  await first.set(OPENAI, KEY);
  await first.remember("correct horse");
  first.give(new Map([[OPENAI, "sk-page"]]));
  await first.set("https://other.example", "sk-2");

  const vault = await nextVisit();
  await vault.unlock("correct horse");

  expect(vault.get(OPENAI)).toBe(KEY);
});

test("a key that the person enters replaces the page's and is kept", async () => {
  const first = await nextVisit();
  await first.remember("correct horse");
  first.give(new Map([[OPENAI, KEY]]));
  await first.set(OPENAI, KEY);

  const vault = await nextVisit();
  await vault.unlock("correct horse");

  expect(vault.get(OPENAI)).toBe(KEY);
});

test("forgetting deletes keys in the page and on the device", async () => {
  const vault = await nextVisit();
  await vault.set(OPENAI, KEY);
  await vault.remember("correct horse");
  vault.give(new Map([[OPENAI, "sk-page"]]));

  await vault.forgetAll();

  expect(vault.get(OPENAI)).toBe("");
  expect(store.entries.size).toBe(0);
  expect((await nextVisit()).locked).toBe(false);
});

function latin1(value: ArrayBuffer | ArrayBufferView): string {
  const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer);
  return String.fromCharCode(...bytes);
}

test("a locked vault tells which server waits for the passphrase, and no other", async () => {
  const first = await nextVisit();
  await first.set(OPENAI, KEY);
  await first.set("http://127.0.0.1:9911", "sk-2");
  await first.remember("correct horse");
  expect(await first.lockedFor(OPENAI)).toBe(false);

  const next = await nextVisit();

  expect(await next.lockedFor(OPENAI)).toBe(true);
  expect(await next.lockedFor("http://127.0.0.1:9911")).toBe(true);
  expect(await next.lockedFor("http://127.0.0.1:1234")).toBe(false);
  await next.unlock("correct horse");
  expect(await next.lockedFor(OPENAI)).toBe(false);
});
