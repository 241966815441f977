/** Lets files be dropped anywhere on an element. */
import type { LitElement, ReactiveController } from "lit";

export class DropZone implements ReactiveController {
  /** Whether files are being dragged over the element. */
  active = false;

  constructor(
    private readonly host: LitElement,
    private readonly onFiles: (files: File[]) => void,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.host.addEventListener("dragover", this.onOver);
    this.host.addEventListener("dragleave", this.onLeave);
    this.host.addEventListener("drop", this.onDrop);
  }

  hostDisconnected(): void {
    this.host.removeEventListener("dragover", this.onOver);
    this.host.removeEventListener("dragleave", this.onLeave);
    this.host.removeEventListener("drop", this.onDrop);
  }

  private readonly onOver = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.show(true);
  };

  private readonly onLeave = (event: DragEvent): void => {
    if (!this.host.contains(event.relatedTarget as Node | null)) this.show(false);
  };

  private readonly onDrop = (event: DragEvent): void => {
    if (!this.active) return;
    event.preventDefault();
    this.show(false);
    this.onFiles([...(event.dataTransfer?.files ?? [])]);
  };

  private show(active: boolean): void {
    if (active === this.active) return;
    this.active = active;
    this.host.requestUpdate();
  }
}
