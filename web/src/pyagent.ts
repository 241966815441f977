/** The module that a page loads: it defines `<py-agent>`. */
export { PyAgent } from "./element/py-agent";
export type { AgentConfig, Config, ModelConfig, RunResult } from "./api";
