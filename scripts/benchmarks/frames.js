/* Runs in the page before the page's own scripts, and collects the time between two frames. */
window.frames_ms = [];
{
  let last = null;
  const frame = (now) => {
    if (last !== null) frames_ms.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}
