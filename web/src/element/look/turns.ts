/** Shares the time of a frame between the components that have something to draw. A burst of events,
 *  or a transcript that opens, is drawn over several frames, and the page can be used meanwhile. */
import { LitElement } from "lit";

/** The time that drawing may take in a frame. Layout and painting come on top of it. */
const SLICE_MS = 10;
/** The time between two slices in a hidden tab, which gets no frames. */
const HIDDEN_MS = 100;
/** The number of microtasks after which a drawn component's children have asked for their turn. */
const ASKED_AFTER = 4;

/** What is to be drawn, the next first. */
const waiting: (() => void)[] = [];
/** The place in `waiting` for what is asked next: children come before what waits already, and what
 *  is new before what is old. */
let place = 0;
/** When the drawing of the current frame has to end. */
let ends = 0;
/** Whether a frame has begun that is not painted yet. */
let drawing = false;

/** Does `work` now if there is time for it in this frame, or else in one of the next frames. The
 *  promise is only for work that waits. */
export function inTurn(work: () => void): Promise<void> | undefined {
  if (!drawing) begin();
  if (performance.now() < ends) {
    work();
    return undefined;
  }
  return new Promise((resolve, reject) => {
    const draw = (): void => {
      try {
        work();
        resolve();
      } catch (error) {
        reject(error as Error);
      }
    };
    waiting.splice(place++, 0, draw);
  });
}

/** Does `step` again and again, in turns, until it returns false. The promise is only for steps that
 *  wait. */
export function inTurns(step: () => boolean): Promise<void> | undefined {
  let more = true;
  const once = (): void => {
    more = step();
  };
  const goOn = (): Promise<void> | undefined => {
    while (more) {
      const waits = inTurn(once);
      if (waits) return waits.then(goOn);
    }
    return undefined;
  };
  return goOn();
}

function begin(): void {
  drawing = true;
  place = 0;
  ends = performance.now() + SLICE_MS;
  // A task that is asked for in a frame comes after the browser has painted.
  if (document.visibilityState === "visible") requestAnimationFrame(() => setTimeout(painted));
  else setTimeout(painted, HIDDEN_MS);
}

async function painted(): Promise<void> {
  drawing = false;
  if (!waiting.length) return;
  begin();
  while (waiting.length && performance.now() < ends) {
    const draw = waiting.shift()!;
    place = 0;
    draw();
    for (let hop = 0; hop < ASKED_AFTER; hop++) await undefined;
  }
}

/** A component that draws in its turn. */
export class InTurn extends LitElement {
  protected override scheduleUpdate(): Promise<void> | undefined {
    return inTurn(() => super.scheduleUpdate());
  }
}
