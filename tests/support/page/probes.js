/*
 * Tries every way out of a worker that we know against a canary server. It runs as a classic worker:
 * in the sandbox, nested in the sandbox's worker, and without any fence in a page of the canary.
 *
 * It gets the canary's address and answers with {probe: "reached …" or why not}. The canary knows
 * whether the network was reached; the answers say what was reached of storage and other realms.
 */
const probes = {
  fetch: async (canary) => await fetch(`${canary}/fetch`, { mode: "no-cors" }),
  fetch_keepalive: async (canary) =>
    await fetch(`${canary}/fetch_keepalive`, { mode: "no-cors", keepalive: true }),
  xhr: (canary) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.onload = resolve;
      request.onerror = () => reject(new Error("error event"));
      request.open("GET", `${canary}/xhr`);
      request.send();
    }),
  websocket: (canary) => opened(new WebSocket(`${canary.replace("http", "ws")}/websocket`)),
  eventsource: (canary) => opened(new EventSource(`${canary}/eventsource`)),
  import_scripts: (canary) => importScripts(`${canary}/import_scripts`),
  dynamic_import: async (canary) => await import(`${canary}/dynamic_import`),
  import_in_blob: async (canary) =>
    await import(url(`import "${canary}/import_in_blob"; export default 1;`)),
  nested_worker: (canary) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(
        url(`fetch("${canary}/nested_worker", {mode: "no-cors"})
          .then(() => postMessage(""), (error) => postMessage(String(error)))`),
      );
      worker.onmessage = ({ data }) => (data ? reject(new Error(data)) : resolve());
      worker.onerror = () => reject(new Error("error event"));
    }),
  worker_by_address: (canary) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(`${canary}/worker_by_address`);
      worker.onmessage = resolve;
      worker.onerror = () => reject(new Error("error event"));
    }),
  font: async (canary) => await new FontFace("probe", `url(${canary}/font)`).load(),
  webtransport: async (canary) =>
    await new WebTransport(canary.replace("http:", "https:") + "/webtransport").ready,
  indexeddb: () =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open("secrets");
      request.onsuccess = resolve;
      request.onerror = () => reject(request.error);
    }),
  caches: async () => {
    if (!(await caches.has("secrets"))) throw new Error("nothing there");
  },
  private_files: async () => await navigator.storage.getDirectory(),
  broadcast: () => new BroadcastChannel("secrets").postMessage("from the probe"),
};

function url(source) {
  return URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
}

function opened(source) {
  return new Promise((resolve, reject) => {
    source.onopen = resolve;
    source.onmessage = resolve;
    source.onerror = () => reject(new Error("error event"));
  });
}

const PATIENCE_MS = 4000;

async function attempt(probe, canary) {
  let timer;
  const tooLong = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error("no answer")), PATIENCE_MS);
  });
  try {
    await Promise.race([(async () => await probe(canary))(), tooLong]);
    return "reached";
  } catch (error) {
    return `${error?.name}: ${error?.message}`;
  } finally {
    clearTimeout(timer);
  }
}

onmessage = async ({ data: canary }) => {
  const outcomes = {};
  for (const [name, probe] of Object.entries(probes)) {
    outcomes[name] = await attempt(probe, canary);
  }
  postMessage(outcomes);
};
