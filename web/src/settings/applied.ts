/** Tells the session which settings hold: those that it knows are not told again, and whoever asks
 *  for them while they are under way waits for the same answer. */
import type { SessionSettings } from "../api/session";
import { SessionError } from "../api/error";

interface Told {
  wanted: string;
  taken: Promise<void>;
}

export class Applied {
  /** What the session was told last; null when it did not take it. */
  private told: Told | null = null;
  private cancelling = new AbortController();
  private asked = 0;
  /** Which of those who asked had its settings told last. */
  private newest = 0;

  /** `collect` gives the settings that hold at that moment; `configure` tells the session. */
  constructor(
    private readonly collect: () => Promise<SessionSettings>,
    private readonly configure: (settings: SessionSettings) => Promise<void>,
  ) {}

  /** Tells the session what holds now. Rejects with `SessionError`, which is `replaced` where another
   *  model was chosen while this one was loaded. */
  async apply(): Promise<void> {
    const { signal } = this.cancelling;
    const order = (this.asked += 1);
    const settings = await this.collect();
    if (signal.aborted) throw new SessionError("replaced", "The loading was cancelled.");
    if (order < this.newest) return this.apply(); // what was chosen later was quicker
    this.newest = order;
    return this.tell(settings);
  }

  /** As `apply`, with what replaces it as well, until `signal` aborts or the loading is cancelled. */
  async applyLast(signal: AbortSignal): Promise<void> {
    const cancelled = this.cancelling.signal;
    try {
      await this.apply();
    } catch (error) {
      if (!isReplaced(error) || signal.aborted || cancelled.aborted) throw error;
      await this.applyLast(signal);
    }
  }

  /** Nothing that was asked for so far is told any more. */
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
