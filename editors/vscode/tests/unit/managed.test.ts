// The environment that the extension makes: with a real Python, a real venv and a real pip, without a network.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import type { Ran } from "../../src/server/find";
import { InstallError, type InstallOptions, Managed, whyPipFailed } from "../../src/server/managed";

const PYTHONS = ["python3.13", "python3.12", "python3.11", "python3"];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "atlas-managed-"));
process.env.PIP_NO_INDEX = "1"; // nothing is fetched
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A package that is called like the server, and only says its version. */
function wheel(version: string, broken = false): string {
  const name = `atlas_ls-${version}-py3-none-any.whl`;
  const body = broken ? "raise SystemExit('broken on purpose')" : `print('atlas-ls ${version}')`;
  const files: Record<string, string> = {
    "atlas_server/__init__.py": "",
    "atlas_server/__main__.py": `${body}\n`,
    [`atlas_ls-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: atlas-ls\nVersion: ${version}\n`,
    [`atlas_ls-${version}.dist-info/WHEEL`]: "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`atlas_ls-${version}.dist-info/RECORD`]: "",
  };
  const target = path.join(folder, name);
  fs.writeFileSync(target, stored(files));
  return target;
}

/** A zip file without compression. */
function stored(files: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const data = Buffer.from(text);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt32LE(crc32(data), 10);
    head.writeUInt32LE(data.length, 14);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt16LE(name.length, 22);
    parts.push(Buffer.from("PK\x03\x04"), head, Buffer.from(name), data);
    const end = Buffer.alloc(16);
    end.writeUInt32LE(offset, 12);
    directory.push(Buffer.from("PK\x01\x02\x14\x00"), head, end.subarray(2), Buffer.from(name));
    offset += 30 + name.length + data.length;
  }
  const central = Buffer.concat(directory);
  const count = Object.keys(files).length;
  const last = Buffer.alloc(18);
  last.writeUInt16LE(count, 4);
  last.writeUInt16LE(count, 6);
  last.writeUInt32LE(central.length, 8);
  last.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from("PK\x05\x06"), last]);
}

function crc32(data: Buffer): number {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function options(
  source: string,
  more: Partial<InstallOptions> = {},
): InstallOptions & { lines: string[]; steps: string[] } {
  const lines: string[] = [];
  const steps: string[] = [];
  const signal = new AbortController().signal;
  return {
    source,
    pythons: PYTHONS,
    signal,
    onLine: (line) => lines.push(line),
    onStep: (step) => steps.push(step),
    lines,
    steps,
    ...more,
  };
}

test("it is installed, replaced by a newer one, kept where that fails, and removed", async () => {
  const managed = new Managed(path.join(folder, "storage"));
  assert.equal(managed.python(), undefined);
  const first = options(wheel("0.1.0"));
  const python = await managed.install(first);
  assert.equal(managed.python(), python);
  assert.deepEqual(first.steps, ["venv", "pip", "try"]);
  assert.ok(
    first.lines.some((line) => /Successfully installed atlas-ls/.test(line)),
    first.lines.join("\n"),
  );
  assert.ok(first.lines.includes("atlas-ls 0.1.0"));

  await assert.rejects(managed.install(options(wheel("0.2.0", true))), /does not start: .*broken on purpose/);
  assert.equal(managed.python(), python);

  const newer = await managed.install(options(wheel("0.3.0")));
  assert.notEqual(newer, python);
  assert.ok(!fs.existsSync(python), "the older one is removed");

  const stop = new AbortController();
  const cancelled = options(wheel("0.4.0"), { signal: stop.signal, onStep: (step) => step === "pip" && stop.abort() });
  await assert.rejects(managed.install(cancelled), /cancelled/);
  assert.equal(managed.python(), newer);
  assert.equal(fs.readdirSync(path.join(folder, "storage")).filter((name) => name.startsWith("server-")).length, 1);

  managed.remove();
  assert.equal(managed.python(), undefined);
});

test("a Python that is too old, or none, is named", async () => {
  const managed = new Managed(path.join(folder, "none"), async (command) => {
    const found: Ran = { code: 0, stdout: "3 9\n", stderr: "" };
    return command === "old" ? found : { code: undefined, stdout: "", stderr: "", error: "there is no such program" };
  });
  const failing = managed.install(options("x", { pythons: ["old", "missing"] }));
  await assert.rejects(failing, (error: Error) => {
    assert.ok(error instanceof InstallError);
    assert.match(error.message, /Python 3\.11 to 3\.13 is needed, and was not found: old is 3\.9\./);
    return true;
  });
});

test("what pip says becomes one sentence", () => {
  const pip = (stderr: string): Ran => ({ code: 1, stdout: "", stderr });
  const name =
    "WARNING: Retrying ... NewConnectionError('...: Temporary failure in name resolution')\nERROR: No matching distribution";
  assert.match(whyPipFailed(pip(name)), /package index cannot be reached/);
  const compiler = "Building wheel for llama-cpp-python\nCMake Error: CMAKE_C_COMPILER not set";
  assert.match(whyPipFailed(pip(compiler)), /C\+\+ compiler/);
  assert.equal(whyPipFailed(pip("x\nERROR: Invalid requirement: 'a b'\n")), "Invalid requirement: 'a b'");
});
