/*
 * Stands in for the agent worker. It runs the cases of contracts/executor and contracts/everywhere
 * in Python, with the executor and the sandboxes of the product. test_contract_wasm.py bundles this
 * file and asks for one case after another.
 */
import pageEntry from "./entry.py";
import init from "../__init__.py";
import executorAllCases from "../executor/all_cases.py";
import executorCases from "../executor/cases.py";
import executorEndings from "../executor/endings.py";
import executorOutput from "../executor/output.py";
import executorResults from "../executor/results.py";
import executorTools from "../executor/tools.py";
import executorValues from "../executor/values.py";
import everywhereAllCases from "../everywhere/all_cases.py";
import everywhereBatches from "../everywhere/batches.py";
import everywhereCalls from "../everywhere/calls.py";
import everywhereCases from "../everywhere/cases.py";
import everywhereCode from "../everywhere/code.py";
import everywhereHooks from "../everywhere/hooks.py";
import everywhereMemory from "../everywhere/memory.py";
import everywhereModels from "../everywhere/models.py";
import everywhereRuns from "../everywhere/runs.py";
import everywhereTeams from "../everywhere/teams.py";
import modelsWireReplies from "../../support/models/wire_replies.py";
import { PortEnd } from "../../../web/src/port";
import { bootRuntime } from "../../../web/src/runtime/boot";

const FOLDER = "/tests";
const FILES = {
  "contracts/page/entry": pageEntry,
  "contracts/__init__": init,
  "contracts/executor/all_cases": executorAllCases,
  "contracts/executor/cases": executorCases,
  "contracts/executor/endings": executorEndings,
  "contracts/executor/output": executorOutput,
  "contracts/executor/results": executorResults,
  "contracts/executor/tools": executorTools,
  "contracts/executor/values": executorValues,
  "contracts/everywhere/all_cases": everywhereAllCases,
  "contracts/everywhere/batches": everywhereBatches,
  "contracts/everywhere/calls": everywhereCalls,
  "contracts/everywhere/cases": everywhereCases,
  "contracts/everywhere/code": everywhereCode,
  "contracts/everywhere/hooks": everywhereHooks,
  "contracts/everywhere/memory": everywhereMemory,
  "contracts/everywhere/models": everywhereModels,
  "contracts/everywhere/runs": everywhereRuns,
  "contracts/everywhere/teams": everywhereTeams,
  "support/models/wire_replies": modelsWireReplies,
};

self.onmessage = async ({ data, ports }) => {
  const python = await bootRuntime(data.runtime);
  for (const [name, text] of Object.entries(FILES)) {
    const path = `${FOLDER}/${name}.py`;
    python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    python.FS.writeFile(path, text);
  }
  python.pyimport("sys").path.append(FOLDER);
  const contractEntry = python.pyimport("contracts.page.entry");
  const cases = new BroadcastChannel("contract");
  cases.onmessage = async ({ data: { run } }) => {
    if (run !== undefined)
      cases.postMessage({ name: run, told: await contractEntry.run_case(run) });
  };
  contractEntry.start(new PortEnd(ports[0]));
};
