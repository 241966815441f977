/**
 * Makes a classic worker look like a module worker. To be imported before Pyodide, which refuses
 * classic workers and tells them by this function; Chromium starts no module worker from a blob in
 * an opaque origin.
 */
Object.defineProperty(globalThis, "importScripts", { value: undefined });
