/** The module that a page loads: it defines `<py-agent>`. */
export { PyAgent } from "./element/py-agent";
export type { RunResult } from "./api";
export type { AgentConfig, Config, ModelConfig } from "./config";
