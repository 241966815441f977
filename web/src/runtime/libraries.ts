/**
 * Links the shared libraries of a prepared memory again.
 *
 * A memory holds pointers to functions as places in a table of WebAssembly, which is not part of it.
 * So the libraries must stand in the places of that table, and their data at the places of the
 * memory, where they were when the memory was copied. build/data_packages/prepared.mjs notes those,
 * and build/runtime.py lets Emscripten's linker use them.
 */

/** Where everything was, as prepared.mjs writes it. */
export interface LinkPlan {
  /** The folder of the packages, with a slash at its end. */
  site: string;
  /** How many places the table had before the first library, and after the last. */
  table: readonly [start: number, end: number];
  /** In the order of loading. `memory` and `table` are the first places of the library's data and
   *  functions; Python knows the library by its `handle`. */
  libraries: readonly { path: string; memory: number; table: number; handle: number }[];
  /** Functions in other places: the place, the number of the library, and the function's name. */
  functions: readonly (readonly [place: number, library: number, name: string])[];
  /** Places that are free again. */
  free: readonly number[];
  /** The values of all symbols that libraries share. */
  symbols: { readonly [name: string]: number };
}

type Exports = { [name: string]: (...args: never) => unknown };
type Library = { refcount: number; global: boolean; exports: Exports };

/** What we need of Emscripten's module, once it runs. */
export interface Linker {
  wasmTable: WebAssembly.Table;
  GOT: { [symbol: string]: WebAssembly.Global<"i32"> };
  freeTableIndexes: number[];
  /** For build/runtime.py: where the data of libraries lie, by path. A library in it is only put in
   *  its place: nothing runs in it, because the memory holds what came of that. */
  libraryPlaces?: Map<string, number>;
  newDSO(path: string, handle: number, exports: "loading"): Library;
  loadWebAssemblyModule(
    library: WebAssembly.Module,
    flags: { global: boolean; nodelete: boolean; loadAsync: boolean },
    path: string,
    scope: object,
    handle: number,
  ): Exports;
  setWasmTableEntry(place: number, made: (...args: never) => unknown): void;
}

/**
 * Links `compiled`, which are the plan's libraries in its order. The memory must have its size, and is
 * copied over what this writes into it. Throws where the plan does not fit this runtime.
 */
export function link(linker: Linker, plan: LinkPlan, compiled: WebAssembly.Module[]): void {
  const [start, end] = plan.table;
  growTo(linker.wasmTable, start);
  setSymbols(linker, plan.symbols);
  linker.libraryPlaces = new Map(plan.libraries.map(({ path, memory }) => [path, memory]));
  const linked = plan.libraries.map(({ path, table, handle }, at) => {
    growTo(linker.wasmTable, table);
    const library = linker.newDSO(path, handle, "loading");
    Object.assign(library, { refcount: 1, global: false });
    const flags = { global: false, nodelete: false, loadAsync: false };
    library.exports = linker.loadWebAssemblyModule(compiled[at]!, flags, path, {}, handle);
    return library.exports;
  });
  delete linker.libraryPlaces; // later libraries are linked as usual
  growTo(linker.wasmTable, end);
  for (const [place, library, name] of plan.functions) {
    linker.setWasmTableEntry(place, linked[library]![name]!);
  }
  linker.freeTableIndexes.push(...plan.free);
}

function growTo(table: WebAssembly.Table, size: number): void {
  if (table.length > size) throw new Error(`A library wants the place ${size}, which is taken.`);
  if (table.length < size) table.grow(size - table.length);
}

/** Gives the symbols their values, so that linking a library fills no place of the table. */
function setSymbols({ GOT }: Linker, symbols: LinkPlan["symbols"]): void {
  for (const [name, value] of Object.entries(symbols)) {
    if (!Object.hasOwn(GOT, name)) {
      GOT[name] = new WebAssembly.Global({ value: "i32", mutable: true }, value);
    } else if (GOT[name]!.value !== value) {
      throw new Error(`The symbol ${name} has another value here.`);
    }
  }
}
