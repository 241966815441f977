/* Runs in the page before the page's own scripts, and notes when things happen, in milliseconds. */
window.timeline = [];
const note = (what, seconds = null) => timeline.push([performance.now(), what, seconds]);

addEventListener("pyagent-ready", () => note("ready"));
addEventListener("pyagent-message", ({ detail }) => note(detail.type, detail.seconds ?? null));

const post = MessagePort.prototype.postMessage;
MessagePort.prototype.postMessage = function (message, ...rest) {
  if (/^\{"type": ?"sandbox_attached"/.test(message?.[0])) note("sandbox_attached");
  return post.call(this, message, ...rest);
};

const handler = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
Object.defineProperty(MessagePort.prototype, "onmessage", {
  ...handler,
  set(listener) {
    handler.set.call(this, (event) => {
      if (event.data?.type === "ready") note("frame_ready");
      return listener(event);
    });
  },
});

addEventListener("DOMContentLoaded", () => {
  const frames = (records) => records.flatMap(({ addedNodes }) => [...addedNodes]);
  new MutationObserver((records) => {
    for (const node of frames(records)) if (node.title === "pyagent sandbox") note("frame_added");
  }).observe(document.body, { childList: true });
});
