// Results that nothing confirms: the question, the diff with Accept and Reject, the report.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { NO_EXAMPLE } from "../support/sources";
import { inVSCode, type VSCode } from "../support/vscode";

const TEXT = `${NO_EXAMPLE}\n\nafter = 1\n`;

async function weak(code: VSCode): Promise<string> {
  await code.open();
  const file = await code.edit(TEXT);
  await code.lens("Solve").click();
  await code.notification("Is this right?").waitFor();
  await code.lens(/Weak: \d+ cases? to confirm/).waitFor();
  assert.equal(await code.text(), TEXT.trimEnd() + "\n");
  return file;
}

const isSolved = (text: string) => /\n +return /.test(text);

test("a weak result is asked about, and a right case verifies it", async () => {
  await inVSCode("weak-right", {}, async (code) => {
    const file = await weak(code);
    await code.screenshot("question");
    await code.command("Atlas: Show Candidates");
    const tree = code.page.locator(".pane", { hasText: "Candidates" }).locator(".monaco-list-row");
    await tree.filter({ hasText: "Self-written tests" }).waitFor();
    await code.press(code.notification("Is this right?"), "Right");
    await code.untilText("the solution is in the editor", isSolved);
    await code.lens(/Verified 1\/1/).waitFor();
    assert.equal(fs.readFileSync(file, "utf8"), TEXT);
    await code.line(1);
    await code.command("Atlas: Add the Confirmed Cases to the Docstring");
    await code.untilText("the case is in the docstring", (text) => text.includes(">>> biggest("));
  });
});

test("a wrong case is never put in", async () => {
  await inVSCode("weak-wrong", {}, async (code) => {
    await weak(code);
    await code.press(code.notification("Is this right?"), "Wrong");
    await code.untilSaid(/UNVERIFIED|WEAK.*WEAK/s);
    assert.equal((await code.text()).trimEnd(), TEXT.trimEnd());
  });
});

test("a question that is older than the result confirms nothing", async () => {
  await inVSCode("weak-stale", {}, async (code) => {
    await weak(code);
    await code.line(1);
    await code.command("Atlas: Reject the Solution");
    await code.lens("Solve").waitFor();
    await code.press(code.notification("Is this right?"), "Right");
    await code.untilSaid("solve it first");
    assert.equal((await code.text()).trimEnd(), TEXT.trimEnd());
  });
});

test("preview and accept", async () => {
  await inVSCode("preview-accept", {}, async (code) => {
    const file = await weak(code);
    await code.press(code.notification("Is this right?"), "Preview");
    const diff = code.page.locator(".monaco-diff-editor");
    await diff.locator(".line-insert").first().waitFor();
    await code.page.locator(".tab", { hasText: "biggest: WEAK solution" }).waitFor();
    await code.screenshot("preview");
    const title = code.page.locator(".editor-group-container.active .editor-actions");
    await title.locator('[aria-label^="Confirm a Case"]').waitFor();
    await title.locator('[aria-label="Accept"]').click();
    await diff.waitFor({ state: "detached" });
    await code.show("work.py");
    await code.untilText("the solution is in the editor", isSolved);
    assert.equal(fs.readFileSync(file, "utf8"), TEXT);
    await code.focus();
    await code.page.keyboard.press("Control+z");
    await code.untilText("one undo takes it back", (text) => text.trimEnd() === TEXT.trimEnd());
  });
});

test("preview and reject", async () => {
  await inVSCode("preview-reject", {}, async (code) => {
    await weak(code);
    await code.line(1);
    await code.command("Atlas: Preview the Solution");
    const diff = code.page.locator(".monaco-diff-editor");
    await diff.locator(".line-insert").first().waitFor();
    await code.page.locator('.editor-group-container.active .editor-actions [aria-label="Reject"]').click();
    await diff.waitFor({ state: "detached" });
    await code.lens("Solve").waitFor();
    assert.equal((await code.text()).trimEnd(), TEXT.trimEnd());
    await code.line(1);
    await code.command("Atlas: Accept the Solution");
    await code.untilSaid("solve the function first");
  });
});

test("confirm a case from the diff", async () => {
  await inVSCode("preview-confirm", {}, async (code) => {
    await weak(code);
    await code.line(1);
    await code.command("Atlas: Preview the Solution");
    await code.page.locator('.editor-group-container.active .editor-actions [aria-label^="Confirm a Case"]').click();
    const rows = code.page.locator(".quick-input-list .monaco-list-row");
    await rows.filter({ hasText: "is right" }).first().waitFor();
    await code.screenshot("confirm");
    await code.page.keyboard.press("Enter");
    await code.page.locator(".monaco-diff-editor").waitFor({ state: "detached" });
    await code.untilText("the solution is in the editor", isSolved);
  });
});

test("the report is a rendered page", async () => {
  await inVSCode("report", {}, async (code) => {
    await weak(code);
    await code.line(1);
    await code.command("Atlas: Show Report");
    const frame = code.page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
    await frame.locator("h1", { hasText: "biggest: WEAK" }).waitFor();
    await frame.locator("h2", { hasText: "Agreement" }).waitFor();
    await code.screenshot("report");
  });
});
