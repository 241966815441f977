/** Ends a request whose host has stopped sending, but has not closed the connection. */

export class Silence {
  private readonly control = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `error` is what the request fails with; `outer` ends it too, with its own reason. */
  constructor(
    private readonly ms: number,
    private readonly error: () => Error,
    private readonly outer?: AbortSignal,
  ) {
    outer?.addEventListener("abort", this.pass);
    if (outer?.aborted) this.pass();
    this.heard();
  }

  /** For the request. */
  get signal(): AbortSignal {
    return this.control.signal;
  }

  /** Begins to wait anew: something came. */
  readonly heard = (): void => {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.control.abort(this.error()), this.ms);
  };

  /** The request is over. */
  end(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener("abort", this.pass);
  }

  private readonly pass = (): void => this.control.abort(this.outer?.reason);
}
