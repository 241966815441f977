/**
 * Keeps the page for offline use: registers the service worker, follows what it keeps, and offers
 * its updates. Only our own page makes one of these; an element in another page never does.
 */
import { ownScript } from "../trusted";
import { KeptPackages } from "./packages";
import { buildOf, type About, type FromWorker, type ToWorker } from "./build";

export interface OfflineState {
  /** Whether the page is being kept, is ready to open offline, or cannot be kept. */
  phase: "off" | "keeping" | "ready" | "failed";
  /** The bytes kept so far, while `phase` is `keeping`. */
  kept: number;
  total: number;
  /** Whether a new version is there and waits until the person agrees to load it. */
  update: boolean;
  /** What a person should know, as a sentence or two; null when there is nothing. */
  problem: string | null;
}

/** How long a tab that stays open waits before it looks for an update again. */
const UPDATE_MS = 3_600_000;
/** How long a worker may take to take over before the page is loaded again regardless. */
const TAKE_MS = 3000;

export class Offline extends EventTarget {
  state: OfflineState = { phase: "off", kept: 0, total: 0, update: false, problem: null };
  /** The site's packages that are kept, or may be. */
  readonly packages: KeptPackages;
  private registration: ServiceWorkerRegistration | null = null;
  private looked = 0;
  /** Whether this page came from the network, past a worker with another build. It is then newer. */
  private newer = false;
  /** What a person should know even when all is well; null when there is nothing. */
  private caution: string | null = null;
  /** Engines' files that were used before the worker could keep them. */
  private readonly wanted = new Set<string>();

  constructor(
    private readonly baseUrl: URL,
    /** The build that made this page. */
    private readonly build = buildOf(document.head.innerHTML),
    private readonly reload: () => void = () => location.reload(),
  ) {
    super();
    this.packages = new KeptPackages(new URL("packages/", baseUrl));
  }

  /** Registers the worker, which then collects its files. Never rejects: what goes wrong is in
   *  `state`. */
  async start(): Promise<void> {
    const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
    if (!container || !this.build) return this.fail(unavailable());
    container.addEventListener("message", (event: MessageEvent<FromWorker>) =>
      this.hear(event.data),
    );
    container.addEventListener("controllerchange", () => void this.look());
    try {
      const url = ownScript(new URL("service-worker.js", this.baseUrl));
      this.registration = await container.register(url, { updateViaCache: "none" });
    } catch (error) {
      return this.fail(`${unavailable()} (${String(error)})`);
    }
    this.looked = performance.now();
    this.registration.addEventListener("updatefound", () => this.follow());
    document.addEventListener("visibilitychange", () => this.lookAgain());
    this.follow();
    const { active } = this.registration;
    this.newer = active !== null && (await buildBy(active)) !== this.build;
    if (!(await hasFiles())) this.caution = PASSING;
    await this.look();
    void this.packages.renew().catch(() => undefined); // the settings show what is kept
  }

  /**
   * Starts when this browser cannot run the agent on the page as the host sends it. The worker may
   * change that, so the page is loaded again, once, when the worker can answer for it.
   */
  async startIsolated(): Promise<void> {
    const reload = once(this.reload);
    this.addEventListener("change", () => {
      if (this.state.phase === "ready" && !crossOriginIsolated && isFirst("isolation")) reload();
    });
    await this.start();
  }

  /** Loads the new version. The page and all that is in it ends. */
  takeUpdate(): void {
    const waiting = this.registration?.waiting;
    if (!waiting) return this.reload();
    const reload = once(this.reload);
    navigator.serviceWorker.addEventListener("controllerchange", reload, { once: true });
    setTimeout(reload, TAKE_MS);
    tell(waiting, { type: "take" });
  }

  /** Keeps files of an engine that a local model has just used. */
  keep(paths: readonly string[]): void {
    // Weights are worth more than a cache, which the browser may drop when its disk fills up.
    if (paths.length) void navigator.storage?.persist?.().catch(() => false);
    for (const path of paths) this.wanted.add(path);
    const worker = this.registration?.active;
    if (!worker || !this.wanted.size) return;
    tell(worker, { type: "keep", paths: [...this.wanted] });
    this.wanted.clear();
  }

  private follow(): void {
    const worker = this.registration?.installing;
    worker?.addEventListener("statechange", () => void this.look());
  }

  /** Brings `state` up to what the workers say. */
  private async look(): Promise<void> {
    const { active = null, waiting = null } = this.registration ?? {};
    if (active) {
      const problem = waiting ? null : this.state.problem;
      this.change({ phase: "ready", problem: problem ?? this.caution });
      this.keep([]);
      const another = (await buildBy(active)) !== this.build;
      if (another && this.newer) tell(active, { type: "opened", build: this.build });
      if (another && !this.newer) this.change({ update: true }); // another tab took it
    }
    if (!waiting) return;
    if ((await buildBy(waiting)) === this.build) tell(waiting, { type: "take" });
    else this.change({ update: true });
  }

  private hear(message: FromWorker): void {
    const first = !this.registration?.active;
    if (message.type === "keeping" && first) {
      const { kept, total } = message;
      this.change({ phase: "keeping", kept, total, problem: null });
    }
    if (message.type !== "not_kept") return;
    if (first) this.fail(message.full ? FULL : `${NOT_KEPT} ${message.reason}`);
    else this.change({ problem: message.full ? UPDATE_FULL : `${NO_UPDATE} ${message.reason}` });
  }

  private lookAgain(): void {
    if (document.hidden || performance.now() - this.looked < UPDATE_MS) return;
    this.looked = performance.now();
    this.registration?.update().catch(() => undefined); // without a network there is none
  }

  private fail(problem: string): void {
    this.change({ phase: "failed", problem });
  }

  private change(changes: Partial<OfflineState>): void {
    this.state = { ...this.state, ...changes };
    this.dispatchEvent(new Event("change"));
  }
}

const FULL =
  "This page cannot be opened offline, because the browser's storage is full. Free some disk " +
  "space or remove a local model, then load the page again.";
const NOT_KEPT = "This page could not be kept for offline use. Load it again to try once more.";
const NO_UPDATE = "A new version could not be loaded, so this one stays.";
const UPDATE_FULL =
  "A new version could not be loaded, because the browser's storage is full. This one stays. Free " +
  "some disk space or remove a local model.";
const PASSING =
  "But this seems to be a private window: it keeps no local model, and forgets the page when you " +
  "close it.";

/** Whether the browser has files for this page, which Firefox and Safari deny a private window. */
async function hasFiles(): Promise<boolean> {
  return navigator.storage.getDirectory().then(
    () => true,
    () => false,
  );
}

function unavailable(): string {
  if (!isSecureContext) {
    return "This page cannot be opened offline, because its address does not begin with https.";
  }
  return (
    "This page cannot be opened offline, because the browser keeps nothing for it. Leave the " +
    "private window, or allow this site to store data."
  );
}

function tell(worker: ServiceWorker, message: ToWorker, ports: MessagePort[] = []): void {
  worker.postMessage(message, ports);
}

async function buildBy(worker: ServiceWorker): Promise<string> {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<string>((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<About>) => resolve(data.build);
  });
  tell(worker, { type: "about" }, [port2]);
  return answer;
}

/** Whether this tab asks for the first time. It is never the first time where nothing is stored. */
function isFirst(what: string): boolean {
  try {
    const key = `pyagent-tried-${what}`;
    if (sessionStorage.getItem(key)) return false;
    sessionStorage.setItem(key, "yes");
    return true;
  } catch {
    return false;
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
