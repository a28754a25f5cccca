// The environment that the extension makes: with a real Python, a real venv and a real pip, without a network.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import type { Ran } from "../../src/server/find";
import { InstallCancelled, InstallError, type InstallOptions, Managed, whyPipFailed } from "../../src/server/managed";
import { run } from "../../src/server/run";
import { makeWheel } from "../support/wheel";

const PYTHONS = ["python3.13", "python3.12", "python3.11", "python3"];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "atlas-managed-"));
process.env.PIP_NO_INDEX = "1"; // nothing is fetched
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A package that is called like the server, and only says its version. */
function wheel(version: string, broken = false): string {
  return makeWheel(folder, version, broken ? "raise SystemExit('broken on purpose')" : `print('atlas-ls ${version}')`);
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
  assert.ok(fs.existsSync(python), "a server may still run in the one before");
  const storage = path.join(folder, "storage");
  const [old, young] = [Date.now() - 25 * 3600 * 1000, Date.now() - 60_000].map((at) =>
    path.join(storage, `server-${at}`),
  );
  for (const made of [old, young]) fs.mkdirSync(made as string);
  await managed.install(options(wheel("0.3.1")));
  assert.ok(!fs.existsSync(old as string), "nothing can run in that one");
  assert.ok(fs.existsSync(young as string), "another window may be making it");
  const last = managed.python();
  const made = () => fs.readdirSync(storage).filter((name) => name.startsWith("server-")).length;
  const before = made();

  const stop = new AbortController();
  const cancelled = options(wheel("0.4.0"), { signal: stop.signal, onStep: (step) => step === "pip" && stop.abort() });
  await assert.rejects(managed.install(cancelled), /cancelled/);
  assert.equal(managed.python(), last);
  assert.equal(made(), before);

  managed.remove();
  assert.equal(managed.python(), undefined);
  assert.equal(made(), 0);
});

test("an installation that is cancelled says so, whatever it was doing", async () => {
  const stop = new AbortController();
  const managed = new Managed(path.join(folder, "cancelled"), async () => {
    stop.abort();
    return { code: undefined, stdout: "", stderr: "", error: "cancelled" };
  });
  await assert.rejects(managed.install(options("x", { signal: stop.signal })), InstallCancelled);
});

test("a program that is ended is ended with all that it has started, before the answer comes", async () => {
  const stop = new AbortController();
  let child = 0;
  const ran = await run("sh", ["-c", "sleep 600 & echo $!; wait"], {
    signal: stop.signal,
    onLine: (line) => {
      child = Number(line);
      stop.abort();
    },
  });
  assert.notEqual(ran.code, 0);
  assert.ok(child > 0);
  const state = () => {
    try {
      return /\) (\S)/.exec(fs.readFileSync(`/proc/${child}/stat`, "utf8"))?.[1];
    } catch {
      return "gone";
    }
  };
  assert.ok(["gone", "Z", "X"].includes(state() ?? ""), state());
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
