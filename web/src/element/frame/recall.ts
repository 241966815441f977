/** The tasks that were given before, which the arrow keys bring back into the field. */
export class Recall {
  private readonly tasks: string[] = [];
  /** The position of the task that is in the field; the number of tasks when none is. */
  private at = 0;

  remember(task: string): void {
    if (this.tasks.at(-1) !== task) this.tasks.push(task);
    this.at = this.tasks.length;
  }

  /** Returns what the field holds after an arrow key; null when the key moves the caret as usual:
   *  the field has text that the person wrote, or there is nothing further. */
  move(key: string, text: string): string | null {
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (!step) return null;
    if (text === "") this.at = this.tasks.length;
    else if (text !== this.tasks[this.at]) return null;
    const next = this.at + step;
    if (next < 0 || next > this.tasks.length) return null;
    this.at = next;
    return this.tasks[next] ?? "";
  }
}
