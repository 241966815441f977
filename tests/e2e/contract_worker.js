/*
 * Stands in for the agent worker: runs the executors' contract, and what agents and models do alike
 * everywhere, in Python, over the executor and the sandboxes of the product. test_contract_wasm.py
 * bundles it and asks for one case after another.
 */
import entry from "./contract_entry.py";
import all from "../executors/contract_all.py";
import contract from "../executors/contract.py";
import endings from "../executors/contract_endings.py";
import output from "../executors/contract_output.py";
import results from "../executors/contract_results.py";
import tools from "../executors/contract_tools.py";
import values from "../executors/contract_values.py";
import everywhere from "../agents/everywhere.py";
import everywhereAll from "../agents/everywhere_all.py";
import everywhereBatches from "../agents/everywhere_batches.py";
import everywhereCalls from "../agents/everywhere_calls.py";
import everywhereCode from "../agents/everywhere_code.py";
import everywhereHooks from "../agents/everywhere_hooks.py";
import everywhereMemory from "../agents/everywhere_memory.py";
import everywhereModels from "../agents/everywhere_models.py";
import everywhereRuns from "../agents/everywhere_runs.py";
import everywhereTeams from "../agents/everywhere_teams.py";
import wireReplies from "../models/wire_replies.py";
import { PortEnd } from "../../web/src/port";
import { bootRuntime } from "../../web/src/runtime/boot";

const FOLDER = "/contract";
const FILES = {
  contract_all: all,
  contract_endings: endings,
  contract_entry: entry,
  contract_output: output,
  contract_results: results,
  contract_tools: tools,
  contract_values: values,
  contract,
  everywhere_all: everywhereAll,
  everywhere_batches: everywhereBatches,
  everywhere_calls: everywhereCalls,
  everywhere_code: everywhereCode,
  everywhere_hooks: everywhereHooks,
  everywhere_memory: everywhereMemory,
  everywhere_models: everywhereModels,
  everywhere_runs: everywhereRuns,
  everywhere_teams: everywhereTeams,
  everywhere,
  wire_replies: wireReplies,
};

self.onmessage = async ({ data, ports }) => {
  const python = await bootRuntime(data.runtime);
  python.FS.mkdirTree(FOLDER);
  for (const [name, text] of Object.entries(FILES)) {
    python.FS.writeFile(`${FOLDER}/${name}.py`, text);
  }
  python.pyimport("sys").path.append(FOLDER);
  const contractEntry = python.pyimport("contract_entry");
  const cases = new BroadcastChannel("contract");
  cases.onmessage = async ({ data: { run } }) => {
    if (run !== undefined)
      cases.postMessage({ name: run, told: await contractEntry.run_case(run) });
  };
  contractEntry.start(new PortEnd(ports[0]));
};
