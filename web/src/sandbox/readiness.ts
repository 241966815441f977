/**
 * Has sandboxes hold ready what conversations use: a memory in which pandas is imported, from which new
 * ones start, and packages that spares import. The next visit begins with what the last one used.
 */
import type { RuntimeFiles } from "../runtime/boot";
import type { PackageStore, Used } from "../runtime/packages";
import { PreparedStore } from "../runtime/prepared_store";
import type { SandboxPool } from "./pool";

/** How long the first spare waits for what the browser keeps, in milliseconds. Reading and checking a
 *  memory mostly takes less than a second. A sandbox that is needed does not wait. */
const LIMIT_MS = 4000;

export class Readiness {
  /** Resolves when the first spare may start, from a prepared memory if the browser keeps one. */
  readonly known: Promise<void>;

  private readonly prepared: PreparedStore;
  private readonly looked: Promise<boolean>;
  private bringing = false;
  /** Whether there is a memory. It is not brought twice in a visit, also if no sandbox can use it. */
  private isHere = false;

  /** `idle` resolves when no task runs. */
  constructor(
    runtime: RuntimeFiles,
    private readonly packages: PackageStore,
    private readonly pool: Pick<SandboxPool, "startFrom" | "use" | "prepare">,
    private readonly idle: () => Promise<void>,
  ) {
    this.prepared = new PreparedStore(packages, runtime);
    const limit = Promise.withResolvers<void>();
    setTimeout(limit.resolve, LIMIT_MS);
    this.looked = this.startFrom(this.prepared.kept());
    this.known = Promise.race([this.looked.then(() => undefined), limit.promise]);
  }

  /** Has the first spare load what the last conversation used. Never rejects. */
  async loadUsed(): Promise<void> {
    const used = await this.packages.used().catch(() => null);
    if (used === null) return;
    this.pool.use(() => this.packages.ahead(used));
    this.pool.prepare();
    await this.bringPrepared(used); // the memory of an earlier build does not fit
    await this.idle();
    this.pool.prepare(); // a spare that did not wait for the memory is replaced
  }

  /** Takes in what the conversation uses, for spares and for the next visit. Never rejects. */
  async use(used: Used): Promise<void> {
    this.pool.use(() => this.packages.ahead(used));
    await this.packages.keepUsed(used).catch(() => undefined); // the disk may be full
    await this.bringPrepared(used);
  }

  /** Brings the memory that has some of these modules, unless it is here or on its way. */
  private async bringPrepared({ modules }: Used): Promise<void> {
    if (this.bringing) return;
    this.bringing = true;
    await this.looked;
    const isNew = !this.isHere && (await this.startFrom(this.prepared.bring(modules)));
    this.bringing = false;
    if (!isNew) return;
    await this.idle();
    this.pool.prepare();
  }

  /** Lets sandboxes start from a prepared memory, if there is one. */
  private async startFrom(finding: Promise<RuntimeFiles | null>): Promise<boolean> {
    const files = await finding.catch(() => null); // imports only take longer without it
    if (files === null) return false;
    this.isHere = true;
    this.pool.startFrom(files);
    return true;
  }
}
