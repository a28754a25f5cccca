// What happens while a solve runs: cancel, use best, typing, processes that die.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BEYOND, SUM } from "../support/sources";
import { inVSCode, longSolve, until, type VSCode } from "../support/vscode";

// Nothing is looked at before all candidates are written, so it does not end early.
const LONG = longSolve(64);

/** Begin a solve that takes a while. */
async function begin(code: VSCode, text = BEYOND, command = "Atlas: Solve With the Full Pipeline"): Promise<void> {
  await code.edit(text);
  await code.lens("Solve").waitFor();
  await code.line(text.slice(0, text.indexOf("def ")).split("\n").length);
  await code.command(command);
  await code.untilSaid("writing candidates");
}

test("cancel", async () => {
  await inVSCode("cancel", { settings: LONG }, async (code) => {
    await code.open();
    await begin(code);
    const progress = code.notification("Solve nth_prime_palindrome");
    await code.screenshot("progress");
    await code.press(progress, "Cancel");
    await progress.waitFor({ state: "detached" });
    await code.lens("Solve").waitFor();
    assert.equal((await code.text()).trimEnd(), BEYOND.trimEnd());
    await code.command("Atlas: Cancel What Runs");
    await code.page.locator(".statusbar", { hasText: "nothing runs for this file" }).waitFor();
    await code.command("Atlas: Solve This Function"); // and the next one works
    await code.untilSaid(/UNVERIFIED/);
  });
});

test("use best", async () => {
  await inVSCode("best", { settings: LONG }, async (code) => {
    await code.open();
    await begin(code);
    await code.untilSaid(/candidate \d/);
    await code.notification("Solve nth_prime_palindrome").getByText("Use best").click();
    await code.untilSaid(/nth_prime_palindrome: UNVERIFIED/);
    assert.equal((await code.text()).trimEnd(), BEYOND.trimEnd());
    // Diagnostics say what fails, and where.
    await code.page.locator(".squiggly-info").first().waitFor();
    await code.lens(/Not verified/).waitFor();
  });
});

test("edits during the solve stay, and the solution goes where its function is", async () => {
  await inVSCode("typing", { settings: longSolve(32) }, async (code) => {
    await code.open();
    const text = `x = 1\n\n\n${SUM}`;
    await begin(code, text, "Atlas: Solve This Function");
    await code.line(1);
    await code.page.keyboard.insertText("# 😀\nbefore = 1\n"); // at once: keys may take longer than the solve
    const solved = await code.untilText("the solution is in the editor", (now) => /\n +return /.test(now));
    assert.ok(solved.startsWith("# 😀\nbefore = 1\nx = 1\n\n\ndef total"), solved);
    await code.page.keyboard.press("Control+z");
    await code.untilText("one undo takes the solution back, and nothing else", (now) => {
      return !/\n +return /.test(now) && now.startsWith("# 😀\nbefore = 1");
    });
  });
});

test("a solution is not put into a function that was changed meanwhile", async () => {
  await inVSCode("changed", {}, async (code) => {
    await code.open();
    await begin(code, SUM, "Atlas: Solve This Function");
    await code.line(2);
    await code.page.keyboard.press("End");
    await code.page.keyboard.type(" Big ones.");
    await code.untilSaid(/was not changed/);
    assert.ok(!/\n +return /.test(await code.text()));
  });
});

test("a killed engine is told and started again, and the solve goes on", async () => {
  await inVSCode("engine-killed", { settings: LONG }, async (code) => {
    await code.open();
    await begin(code);
    const [engine] = code.processes(/atlas_pipeline\.engine\.process/);
    assert.ok(engine, "no engine");
    process.kill(engine, "SIGKILL");
    await code.untilSaid(/engine has gone; starting it again/);
    await code.untilSaid(/UNVERIFIED/);
    await code.edit(SUM, "other.py");
    await code.lens("Solve").click();
    await code.untilText("the next one works", (text) => /\n +return /.test(text));
  });
});

test("a server that does not answer is given up when the user restarts it", async () => {
  const script = '[ "$1" = --version ] && exec echo "atlas-ls 0.1.0"; exec sleep 600';
  const settings = { "atlas.server.command": ["/bin/sh", "-c", script, "sh"] };
  await inVSCode("hangs", { settings }, async (code) => {
    await code.open();
    await code.edit(SUM);
    const hanging = () => code.processes(/^sleep.600/)[0];
    await until("the server hangs", () => hanging() !== undefined);
    const first = hanging();
    await code.command("Atlas: Restart Server");
    await until("another one hangs", () => hanging() !== undefined && hanging() !== first);
    code.configure({});
    await code.lens("Solve").click();
    await code.untilText("the right one works", (text) => /\n +return /.test(text));
    assert.equal(hanging(), undefined);
    assert.ok(!(await code.said()).some((text) => /the server ended/.test(text)), "that was asked for");
  });
});

test("a killed server is started again, and after three times a restart is offered", async () => {
  await inVSCode("server-killed", {}, async (code) => {
    await code.open();
    await begin(code, SUM, "Atlas: Solve This Function");
    const killed: number[] = [];
    const kill = async () => {
      const another = () => code.servers().find((pid) => !killed.includes(pid));
      await until("there is another server", () => another() !== undefined);
      killed.push(another() as number);
      process.kill(killed.at(-1) as number, "SIGKILL");
    };
    await kill();
    await code.untilSaid(/the server ended \(signal SIGKILL\); it is started again/);
    await code.lens("Solve").waitFor(); // the new one has the document
    for (let time = 0; time < 3; time++) await kill();
    const final = code.notification("is not started again");
    await final.waitFor();
    await code.screenshot("ended");
    assert.deepEqual(code.servers(), []);
    assert.ok(!(await code.said()).some((text) => /connection got disposed/.test(text)), "messages of the library");
    await code.line(1);
    await code.command("Atlas: Solve This Function");
    await code.untilSaid(/the server does not run: signal SIGKILL/);
    await code.press(final, "Restart Server");
    await until("there is a server again", () => code.servers().length === 1);
    await code.lens("Solve").click();
    await code.untilText("the solve works", (text) => /\n +return /.test(text));
  });
});
