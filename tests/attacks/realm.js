/*
 * Runs an attack, a function `attack(at)` that the harness writes behind this text, and says what
 * came of it: "reached", or the error. A sandbox's worker, a worker in it and a control load this.
 */
(() => {
  const PATIENCE_MS = 2000;

  /** Goes around Trusted Types, which stop nobody who writes a policy: the rest must hold alone. */
  self.around ??= self.trustedTypes?.createPolicy("lit-html", {
    createScript: (text) => text,
    createScriptURL: (url) => url,
  });
  if (self.everywhere === undefined) {
    const marked = (url) => self.around?.createScriptURL(url) ?? url;
    self.Worker = class extends Worker {
      constructor(url, options) {
        super(marked(url), options);
      }
    };
    const scope = WorkerGlobalScope.prototype;
    const { importScripts } = scope;
    scope.importScripts = function (...urls) {
      return importScripts.apply(this, urls.map(marked));
    };
  }

  async function outcome(at) {
    let timer;
    const tooLong = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error("no answer")), PATIENCE_MS);
    });
    try {
      const value = await Promise.race([(async () => await self.attack(at))(), tooLong]);
      return typeof value === "string" ? value : "reached";
    } catch (error) {
      return `${error?.name}: ${error?.message ?? error}`;
    } finally {
      clearTimeout(timer);
    }
  }

  const nested = (at, url) =>
    new Promise((resolve) => {
      const worker = new Worker(url, { name: "nested" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => resolve(`Error: ${message}`);
      worker.postMessage(at);
      setTimeout(() => resolve("Error: no worker"), 2 * PATIENCE_MS); // Firefox now and then
    });

  /** The outcomes in this realm and in a worker that it starts, as JSON. */
  self.everywhere = async (at, url) =>
    JSON.stringify(await Promise.all([outcome(at), nested(at, url)]));

  self.text = (source, type = "text/javascript") =>
    URL.createObjectURL(new Blob([source], { type }));

  self.opened = (source) =>
    new Promise((resolve, reject) => {
      source.onopen = source.onmessage = () => resolve();
      source.onerror = () => reject(new Error("error event"));
    });

  if (self.name === "nested") {
    self.onmessage = async ({ data }) => self.postMessage(await outcome(data));
  }
})();
