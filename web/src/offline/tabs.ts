/**
 * Remembers which tabs were opened with an older build than that of the service worker, because
 * they get their files from that build until they are closed or loaded again.
 */
interface Noted {
  /** The build of the worker that wrote this. */
  current: string;
  /** The builds of tabs and workers by the ids that the browser gives them. */
  clients: { [id: string]: string };
}

export class Tabs {
  private readonly noted: Promise<Noted>;
  private known: Noted | null = null;

  constructor(
    private readonly scope: URL,
    private readonly own: string,
  ) {
    this.noted = this.read();
  }

  /** Whether every tab is known to be of the worker's own build. */
  get allOwn(): boolean {
    return this.known !== null && Object.keys(this.known.clients).length === 0;
  }

  /** Notes that the worker has taken over: those who were `there` belong to the build before. */
  async takeOver(there: readonly string[]): Promise<void> {
    const noted = await this.noted;
    const before = noted.current;
    noted.current = this.own;
    if (before !== this.own) for (const id of there) noted.clients[id] ??= before;
    await this.write();
    await this.forgetAllBut(there);
  }

  async note(id: string, build: string): Promise<void> {
    const { clients } = await this.noted;
    if (build === (clients[id] ?? this.own)) return;
    if (build === this.own) delete clients[id];
    else clients[id] = build;
    await this.write();
  }

  async buildOf(id: string): Promise<string> {
    return (await this.noted).clients[id] ?? this.own;
  }

  /** Forgets tabs that are closed. Returns the builds of the others. */
  async forgetAllBut(there: readonly string[]): Promise<Set<string>> {
    const noted = await this.noted;
    const entries = Object.entries(noted.clients);
    const left = entries.filter(([id, build]) => there.includes(id) && build !== this.own);
    noted.clients = Object.fromEntries(left);
    if (left.length < entries.length) await this.write();
    return new Set(Object.values(noted.clients));
  }

  private async read(): Promise<Noted> {
    const cache = await caches.open(this.name);
    const kept = await cache.match(this.scope);
    this.known = ((await kept?.json()) as Noted | undefined) ?? { current: this.own, clients: {} };
    return this.known;
  }

  /** Without room, what is noted lasts as long as the worker runs. */
  private async write(): Promise<void> {
    const text = JSON.stringify(await this.noted);
    const cache = await caches.open(this.name);
    await cache.put(this.scope, new Response(text)).catch(() => undefined);
  }

  private get name(): string {
    return `pyagent-tabs ${this.scope.href}`;
  }
}
