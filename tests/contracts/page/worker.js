/*
 * Stands in for the agent worker. It runs the cases of contracts/executor and contracts/everywhere
 * in Python, with the executor and the sandboxes of the product. test_contract_wasm.py bundles this
 * file and asks for one case after another.
 */
import files from "contract-files";
import { PortEnd } from "../../../web/src/port";
import { bootRuntime } from "../../../web/src/runtime/boot";

const FOLDER = "/tests";
self.onmessage = async ({ data, ports }) => {
  const python = await bootRuntime(data.runtime);
  for (const [name, text] of Object.entries(files)) {
    const path = `${FOLDER}/${name}`;
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
