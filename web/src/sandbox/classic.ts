/**
 * Makes a classic worker look like a module worker. Import it before Pyodide, which refuses classic
 * workers and recognizes them by this function. We need a classic worker, because Chromium starts
 * no module worker from a blob in an opaque origin.
 */
Object.defineProperty(globalThis, "importScripts", { value: undefined });
