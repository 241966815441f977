/**
 * The keys of model providers.
 *
 * A key lives in memory, is bound to the origin that it is for, and is gone with the page. When the
 * person says "remember", all keys are encrypted with a passphrase (PBKDF2, AES-GCM) and kept in
 * IndexedDB; the passphrase itself is never kept. Keys that a page gives are used before the
 * person's. They are kept only when the person says so while one of them is on screen. Nothing here
 * writes a key to a log, a URL or the settings.
 */
import { createStore, del, get, set } from "idb-keyval";
import type { UseStore } from "idb-keyval";

/** The number that OWASP recommends for PBKDF2 with SHA-256. */
const ITERATIONS = 600_000;
const RECORD = "keys";

interface Derivation {
  salt: Uint8Array<ArrayBuffer>;
  iterations: number;
}

/** The derived key that encrypts; never the passphrase. */
interface Sealer extends Derivation {
  key: CryptoKey;
}

/** The encrypted keys, as IndexedDB holds them. */
interface Sealed extends Derivation {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
  /** A digest of each key's origin, so that a page knows which servers need the passphrase. Missing
   *  in what older versions kept. */
  origins?: string[];
}

export class Vault {
  private keys = new Map<string, string>();
  /** The keys that the page gave. */
  private readonly given = new Map<string, string>();
  private sealer: Sealer | null = null;
  private sealed: Sealed | null = null;
  private loading: Promise<void> | null = null;

  constructor(private readonly store: UseStore = createStore("pyagent", "vault")) {}

  /** Checks, once, whether keys are kept on this device. They stay locked until `unlock`. */
  load(): Promise<void> {
    return (this.loading ??= this.read());
  }

  private async read(): Promise<void> {
    this.sealed = (await get<Sealed>(RECORD, this.store)) ?? null;
  }

  /** Whether keys are kept on this device that this page has not opened yet. */
  get locked(): boolean {
    return this.sealed !== null && this.sealer === null;
  }

  /** Whether a key for `origin` is kept on this device, or may be, that this page has not opened
   *  yet. */
  async lockedFor(origin: string): Promise<boolean> {
    const { sealed } = this;
    if (!sealed || !this.locked || this.get(origin)) return false;
    return sealed.origins?.includes(await digestOf(origin, sealed.salt)) ?? true;
  }

  /** Whether a changed key is also kept on this device: true while keys are kept there and unlocked. */
  get remembering(): boolean {
    return this.sealer !== null;
  }

  /** Returns the key for `origin`; empty when there is none. */
  get(origin: string): string {
    return this.given.get(origin) ?? this.keys.get(origin) ?? "";
  }

  /** Takes keys from the page, each for its origin, in memory only. An empty key removes the
   *  page's. */
  give(keys: ReadonlyMap<string, string>): void {
    for (const [origin, key] of keys) {
      if (key) this.given.set(origin, key);
      else this.given.delete(origin);
    }
  }

  /** Takes the person's `key` for `origin`, which replaces one from the page. An empty key removes
   *  it. */
  async set(origin: string, key: string): Promise<void> {
    this.given.delete(origin);
    if (key === this.get(origin)) return;
    if (key) this.keys.set(origin, key);
    else this.keys.delete(origin);
    if (this.sealer) await this.seal();
  }

  /** Opens the kept keys. Returns false when the passphrase is wrong. */
  async unlock(passphrase: string): Promise<boolean> {
    if (!this.sealed) return false;
    const { iv, data, origins: _, ...derivation } = this.sealed;
    const key = await deriveKey(passphrase, derivation);
    try {
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, data);
      const kept = JSON.parse(new TextDecoder().decode(plain)) as [string, string][];
      this.keys = new Map([...kept, ...this.keys]);
    } catch {
      return false;
    }
    this.sealer = { key, ...derivation };
    return true;
  }

  /** Keeps all keys on this device from now on, under `passphrase`. */
  async remember(passphrase: string): Promise<void> {
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const derivation = { salt, iterations: ITERATIONS };
    this.sealer = { key: await deriveKey(passphrase, derivation), ...derivation };
    await this.seal();
  }

  /** Deletes every key, in memory and on this device. */
  async forgetAll(): Promise<void> {
    this.keys.clear();
    this.given.clear();
    this.sealer = null;
    this.sealed = null;
    await del(RECORD, this.store);
  }

  private async seal(): Promise<void> {
    const { key, ...derivation } = this.sealer!;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify([...this.keys]));
    const { salt } = derivation;
    const origins = await Promise.all([...this.keys.keys()].map((one) => digestOf(one, salt)));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain);
    this.sealed = { ...derivation, iv, data, origins };
    await set(RECORD, this.sealed, this.store);
  }
}

async function digestOf(origin: string, salt: Uint8Array): Promise<string> {
  const text = new TextEncoder().encode(origin);
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array([...salt, ...text]));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function deriveKey(passphrase: string, from: Derivation): Promise<CryptoKey> {
  const secret = new TextEncoder().encode(passphrase.normalize("NFKC"));
  const base = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", ...from },
    base,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}
