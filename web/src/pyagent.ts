/** The module that a page loads: it defines `<py-agent>`. */
export { PyAgent } from "./element/py-agent";
export type { RunResult } from "./api/result";
export type { AgentConfig, HostAgent } from "./protocol";
export type { Config, ModelConfig } from "./settings/config";
