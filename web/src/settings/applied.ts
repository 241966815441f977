/** Tells the session which settings hold. Settings that the session knows are not sent again, and
 *  two callers with the same settings wait for the same answer. */
import { SessionError } from "../api/error";
import type { SessionSettings } from "../api/session";

interface Told {
  wanted: string;
  taken: Promise<void>;
}

export class Applied {
  /** The settings that the session was told last; null when it refused them. */
  private told: Told | null = null;
  private cancelling = new AbortController();
  private asked = 0;
  /** The number of the call whose settings were told last. */
  private newest = 0;

  /** `collect` gives the settings that hold at that moment; `configure` tells the session. */
  constructor(
    private readonly collect: () => Promise<SessionSettings>,
    private readonly configure: (settings: SessionSettings) => Promise<void>,
  ) {}

  /** Tells the session what holds now. Rejects with `SessionError`, which is `replaced` where
   *  another model was chosen while this one was loaded. */
  async apply(): Promise<void> {
    const { signal } = this.cancelling;
    const order = (this.asked += 1);
    const settings = await this.collect();
    if (signal.aborted) throw new SessionError("replaced", "The loading was cancelled.");
    if (order < this.newest) return this.apply(); // a later call was quicker
    this.newest = order;
    return this.tell(settings);
  }

  /** Like `apply`, but when another model replaces this one, it applies that too, until `signal`
   *  aborts or the loading is cancelled. */
  async applyLast(signal: AbortSignal): Promise<void> {
    const cancelled = this.cancelling.signal;
    try {
      await this.apply();
    } catch (error) {
      if (!isReplaced(error) || signal.aborted || cancelled.aborted) throw error;
      await this.applyLast(signal);
    }
  }

  /** Drops everything that was asked for so far. */
  cancel(): void {
    this.cancelling.abort();
    this.cancelling = new AbortController();
    this.told = null;
  }

  private tell(settings: SessionSettings): Promise<void> {
    const wanted = JSON.stringify(settings);
    if (wanted === this.told?.wanted) return this.told.taken;
    const told = (this.told = { wanted, taken: this.configure(settings) });
    told.taken.catch(() => {
      if (this.told === told) this.told = null;
    });
    return told.taken;
  }
}

function isReplaced(error: unknown): boolean {
  return error instanceof SessionError && error.kind === "replaced";
}
