import assert from "node:assert/strict";
import { test } from "node:test";
import { describeTried, findServer, type Place, type Ran, reasonOf } from "../../src/server/find";
import { run } from "../../src/server/run";

const ok = (stdout: string): Ran => ({ code: 0, stdout, stderr: "" });
const place = (command: string, decided = false): Place => ({ origin: command, command, args: ["-m"], decided });

test("the first place that is the server is taken, the later ones are not asked", async () => {
  const asked: string[] = [];
  const answers: Record<string, Ran> = { b: ok("atlas-ls 0.1.0\n"), c: ok("atlas-ls 9.9.9\n") };
  const found = await findServer([place("a"), place("b"), place("c")], async (command, args) => {
    asked.push([command, ...args].join(" "));
    return answers[command] ?? { code: undefined, stdout: "", stderr: "", error: "there is no such program" };
  });
  assert.equal(found.server?.command, "b");
  assert.equal(found.server?.version, "0.1.0");
  assert.deepEqual(asked, ["a -m --version", "b -m --version"]);
  assert.equal(describeTried(found.tried), "a: a -m: there is no such program");
});

test("what the user named is not replaced by something else", async () => {
  const found = await findServer([place("a", true), place("b")], async () => ({
    code: 1,
    stdout: "",
    stderr: "x\nbroken",
  }));
  assert.equal(found.server, undefined);
  assert.deepEqual(
    found.tried.map((one) => one.reason),
    ["it ends with exit code 1: broken"],
  );
});

test("reasons", () => {
  const stderr = "/usr/bin/python3: No module named atlas_server";
  assert.equal(reasonOf({ code: 1, stdout: "", stderr }), "atlas-ls is not installed there");
  assert.match(reasonOf({ code: 2, stdout: "", stderr: "Unknown option: -P\nusage: python3" }), /older than 3\.11/);
  assert.match(reasonOf(ok("Python 3.12.1")), /does not say that it is atlas-ls: Python 3.12.1/);
  assert.match(reasonOf({ code: null, stdout: "", stderr: "" }), /a signal/);
});

test("programs are run to their end", async () => {
  const lines: string[] = [];
  const ran = await run(process.execPath, ["-e", "console.log('one\\ntwo'); console.error('three'); process.exit(3)"], {
    onLine: (line) => lines.push(line),
  });
  assert.equal(ran.code, 3);
  assert.equal(ran.stdout, "one\ntwo\n");
  assert.deepEqual(lines.sort(), ["one", "three", "two"]);
  const missing = await run("/nowhere/program", []);
  assert.equal(missing.code, undefined);
  assert.equal(missing.error, "there is no such program");
  assert.notEqual((await run(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { timeoutMs: 300 })).code, 0);
});
