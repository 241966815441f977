// @vitest-environment node
/** What an editor shows to a page author who types an option: each has a description. */
import { fileURLToPath } from "node:url";
import ts from "typescript-6";
import { expect, test } from "vitest";

const web = fileURLToPath(new URL("../../web/", import.meta.url));
const file = `${web}src/typed_by_an_author.ts`;
const text = `
import type { AgentConfig, Config, HostAgent, ModelConfig, PyAgent } from "./pyagent";
import type { TaskOptions } from "./api/result";
import type { HostTool, MapOptions, MapTask } from "./api/session";
export const config: Config = { };
export const model: ModelConfig = { };
export const agent: AgentConfig = { };
export const limits: AgentConfig["limits"] = { };
export const hostAgent: HostAgent = { };
export const hostTool: HostTool = { };
export const run: TaskOptions = { };
export const map: MapOptions = { };
export const task: MapTask = { };
declare const element: PyAgent;
element.configure({ });
element.configure({ agent: { } });
`;

/** Has TypeScript answer what an editor asks it, about a file that holds `text`. */
function languageService() {
  const { config } = ts.readConfigFile(`${web}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, web);
  const readFile = (name) => (name === file ? text : ts.sys.readFile(name));
  return ts.createLanguageService({
    getCompilationSettings: () => options,
    getCurrentDirectory: () => web,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => ts.ScriptSnapshot.fromString(readFile(name) ?? ""),
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile,
  });
}

const service = languageService();

/** Returns what is offered inside the braces after `start`: name → description. */
function offered(start) {
  const position = text.indexOf(`${start}{ }`) + start.length + 2;
  const { entries } = service.getCompletionsAtPosition(file, position, {});
  const description = ({ name }) => {
    const asked = [file, position, name, {}, undefined, {}, undefined];
    return ts.displayPartsToString(service.getCompletionEntryDetails(...asked)?.documentation);
  };
  return Object.fromEntries(entries.map((entry) => [entry.name, description(entry)]));
}

test.each([
  ["config: Config = ", ["agent", "choose", "model"]],
  ["model: ModelConfig = ", ["apiKey", "baseUrl", "model", "provider", "thinking"]],
  ["agent: AgentConfig = ", ["approve", "deadlineS", "limits", "maxSteps", "memorySize"]],
  ['limits: AgentConfig["limits"] = ', ["costUsd", "seconds", "tokens"]],
  ["hostAgent: HostAgent = ", ["description", "kind", "planningInterval", "provideRunSummary"]],
  ["hostTool: HostTool = ", ["description", "name", "parameters"]],
  ["run: TaskOptions = ", ["args", "files", "maxSteps", "reset"]],
  ["map: MapOptions = ", ["concurrency", "files"]],
  ["task: MapTask = ", ["args", "files", "maxSteps", "task"]],
  ["element.configure(", ["agent", "choose", "model"]],
  ["element.configure({ agent: ", ["deadlineS", "maxSteps", "structuredOutput"]],
])("an editor describes each option after %s", { timeout: 60_000 }, (start, some) => {
  const options = offered(start);

  expect(Object.keys(options)).toEqual(expect.arrayContaining(some));
  expect(Object.keys(options).filter((name) => !options[name])).toEqual([]);
});
