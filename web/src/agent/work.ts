/** The one task or batch that the agent works on: sends it, stops it, and waits for its end. */
import { SessionError } from "../api/error";
import { notRun } from "../api/not_run";
import type { SavedState } from "../api/saved_state";
import type { MapOptions, MapTask, RunOptions } from "../api/session";
import type { Json, RunFinished, ToAgent } from "../protocol";
import { ProtocolError } from "../wire";
import { readFiles, readGroups } from "./run_files";

/** How long the agent has to say that it heard a stop, in two waits. The second one is for a page
 *  that was busy itself, and has yet to take in the answer. */
const ANSWER_MS = [750, 250] as const;

/** The default number of agents at once. Each agent that writes code needs memory for a sandbox. */
const CONCURRENCY = 3;

type Given = [message: ToAgent, buffers: ArrayBuffer[]];

interface Current {
  id: string;
  /** Makes the message that gives it to the agent. */
  prepare: (id: string) => Promise<Given>;
  /** Whether it is a single task, not a batch. */
  isTask: boolean;
  end: PromiseWithResolvers<RunFinished>;
  /** Whether it was sent to the agent. */
  given: boolean;
  /** Whether it is to be stopped. */
  stopped: boolean;
  /** How often it was to be given to an agent. */
  attempts: number;
}

export class Work {
  private current: Current | null = null;

  private unheard: ReturnType<typeof setTimeout> | undefined;

  /** `free` resolves when the agent can take a task. `deaf` is called when the agent does not hear a
   *  stop; the task or batch has ended by then. */
  constructor(
    private readonly send: (message: ToAgent, buffers?: ArrayBuffer[]) => void,
    private readonly free: () => Promise<void>,
    private readonly deaf: (ended: RunFinished) => void,
  ) {}

  /** The id of the current task or batch in messages; null when there is none. */
  get id(): string | null {
    return this.current?.id ?? null;
  }

  /** Whether there is a task that another agent can be given, if it has done nothing yet. */
  get canBeGivenAgain(): boolean {
    return this.current?.isTask ?? false;
  }

  /** Whether the current task or batch is to be stopped. */
  get isStopped(): boolean {
    return this.current?.stopped ?? false;
  }

  /** Resolves when there is no current task or batch. */
  async idle(): Promise<void> {
    while (this.current !== null) await this.current.end.promise.catch(() => undefined);
  }

  /** Gives a task, under this id. */
  run(id: string, task: string, options: RunOptions): Promise<RunFinished> {
    const prepare = async (run_id: string): Promise<Given> => {
      const { infos, buffers } = await readFiles(options.files ?? []);
      return [{ type: "start_run", run_id, task, files: infos, ...wireOf(options) }, buffers];
    };
    return this.begin(prepare, { id });
  }

  /** Goes on with the run that was interrupted. */
  resume(state: SavedState): Promise<RunFinished> {
    const { run } = state;
    if (run === null) {
      const message = "There is no interrupted task to go on with.";
      return Promise.reject(new SessionError("nothing_to_resume", message, "Give a task."));
    }
    return this.begin(() => resumption(state), { id: run.id });
  }

  /** Gives the current task, which a dead agent had, to the agent that comes after it. */
  again(state: SavedState): void {
    const { current } = this;
    if (current === null) return;
    current.given = false;
    this.heard(); // the one that did not is dead
    if (current.stopped) {
      state.end();
      return current.end.resolve(notRun("cancelled", null, current.id));
    }
    const { prepare } = current;
    const isKept = state.run?.id === current.id;
    void this.give(current, isKept ? () => resumption(state) : prepare);
  }

  map(
    tasks: readonly MapTask[],
    { concurrency = CONCURRENCY, files: forAll = [] }: MapOptions,
  ): Promise<RunFinished> {
    const prepare = async (batch_id: string): Promise<Given> => {
      const groups = [forAll, ...tasks.map((task) => task.files ?? [])];
      const [shared, ...own] = await readGroups(groups);
      const given = {
        tasks: tasks.map((options, index) => ({
          task: options.task,
          files: own[index]!.infos,
          ...wireOf(options),
        })),
        files: shared!.infos,
        concurrency,
      };
      const buffers = [shared!, ...own].flatMap((read) => read.buffers);
      return [{ type: "start_batch", batch_id, ...given }, buffers];
    };
    return this.begin(prepare, { isTask: false });
  }

  /** Stops the current task or batch. One that was not sent yet ends at once. */
  stop(): void {
    if (this.current === null) return;
    const { id, given, end } = this.current;
    this.current.stopped = true;
    if (!given) return end.resolve(notRun("cancelled", null, id));
    this.send({ type: "stop_run", run_id: id });
    this.heard();
    const giveUp = () => this.deaf(notRun("cancelled", null, id));
    this.unheard = setTimeout(() => {
      this.unheard = setTimeout(giveUp, ANSWER_MS[1]);
    }, ANSWER_MS[0]);
  }

  /** Takes in that the agent heard a stop. */
  heard(): void {
    clearTimeout(this.unheard);
  }

  /** Takes in the end of a run, which may be that of a managed agent. */
  ended(message: RunFinished): void {
    if (message.run_id !== this.current?.id) return;
    this.heard();
    this.current.end.resolve(message);
    this.current = null;
  }

  private async begin(
    prepare: (id: string) => Promise<Given>,
    { id = crypto.randomUUID() as string, isTask = true } = {},
  ): Promise<RunFinished> {
    if (this.current !== null) {
      throw new SessionError("busy", "The agent is already at work.", "Wait for it, or stop it.");
    }
    const current = {
      id,
      prepare,
      isTask,
      end: Promise.withResolvers<RunFinished>(),
      given: false,
      stopped: false,
      attempts: 0,
    };
    this.current = current;
    void this.give(current, prepare);
    try {
      return await current.end.promise;
    } catch (error) {
      throw error instanceof ProtocolError ? notSent(error) : error;
    } finally {
      if (this.current === current) this.current = null;
    }
  }

  private async give(current: Current, prepare: (id: string) => Promise<Given>): Promise<void> {
    const attempt = (current.attempts += 1);
    // It may be stopped meanwhile, or the agent may die, so that another attempt begins.
    const isLast = () => this.current === current && attempt === current.attempts;
    try {
      await this.free();
      const given = await prepare(current.id);
      if (!isLast()) return;
      current.given = true;
      this.send(...given);
    } catch (error) {
      if (isLast()) current.end.reject(error);
    }
  }
}

async function resumption(state: SavedState): Promise<Given> {
  const { id: run_id, maxSteps } = state.run!;
  return [{ type: "resume_run", run_id, max_steps: maxSteps, calls: state.open }, []];
}

function wireOf({ args = {}, maxSteps }: RunOptions) {
  return { additional_args: args as Record<string, Json>, max_steps: maxSteps ?? null };
}

function notSent(error: ProtocolError): SessionError {
  const advice = "args holds JSON values by name; maxSteps and concurrency are whole numbers.";
  return new SessionError("bad_task", `The task cannot be given: ${error.message}`, advice);
}
