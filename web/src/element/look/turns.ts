/** Shares the time of a frame between the components that have something to draw. A burst of events,
 *  or a transcript that opens, is drawn over several frames, and the page can be used meanwhile. */
import { LitElement } from "lit";

/** The most time that drawing may take in a frame. Layout and painting come on top of it. */
const SLICE_MS = 10;
const LEAST_SLICE_MS = 2;
/** The time that drawing, layout and painting should take together. Where layout takes long, as with
 *  tables, less is drawn in a frame. */
const FRAME_MS = 25;
/** The time between two slices in a hidden tab, which gets no frames. */
const HIDDEN_MS = 100;
/** The number of microtasks after which a drawn component's children have asked for their turn. */
const ASKED_AFTER = 4;

/** What is to be drawn, the next first. */
const waiting: (() => void)[] = [];
/** The place in `waiting` for what is asked next: children come before what waits already, and what
 *  is new before what is old. */
let place = 0;
/** The time that drawing may take in a frame now. */
let slice = SLICE_MS;
/** When the drawing of the current frame began, and when it has to end. */
let began = 0;
let ends = 0;
/** When the last drawing of the current frame ended. */
let drawnAt = 0;
/** Whether a frame has begun that is not painted yet. */
let drawing = false;

/** Does `work` now if there is time for it in this frame, or else in one of the next frames. The
 *  promise is only for work that waits. */
export function inTurn(work: () => void): Promise<void> | undefined {
  if (!drawing) begin();
  if (performance.now() < ends) {
    work();
    drawnAt = performance.now();
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
  began = drawnAt = performance.now();
  ends = began + slice;
  if (document.visibilityState === "visible") requestAnimationFrame(onFrame);
  else setTimeout(painted, HIDDEN_MS);
}

function onFrame(): void {
  const drawn = drawnAt - began;
  const frameAt = performance.now();
  // A task that is asked for in a frame comes after the browser has painted.
  setTimeout(() => {
    adapt(drawn + performance.now() - frameAt);
    void painted();
  });
}

/** Takes in how long the drawing, the layout and the painting of a frame took. */
function adapt(took: number): void {
  slice = took > FRAME_MS ? (slice * FRAME_MS) / took : slice + 1;
  slice = Math.min(SLICE_MS, Math.max(LEAST_SLICE_MS, slice));
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
    drawnAt = performance.now();
  }
}

/** A component that draws in its turn. */
export class InTurn extends LitElement {
  protected override scheduleUpdate(): Promise<void> | undefined {
    return inTurn(() => super.scheduleUpdate());
  }
}
