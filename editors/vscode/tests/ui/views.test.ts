// Everything that shows what the server knows: lens, hover, diagnostics, candidates, status item, ghost text, walkthrough.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BEYOND, SUM } from "../support/sources";
import { inVSCode, longSolve, until, type VSCode } from "../support/vscode";

async function solved(code: VSCode, text = SUM): Promise<void> {
  await code.edit(text);
  await code.lens("Solve").click();
  await code.lens(/Verified 1\/1/).waitFor();
  await code.untilText("the solution is in the editor", (now) => /\n +return /.test(now));
}

test("hover, candidates and status item, dark and light", async () => {
  for (const theme of ["Default Dark Modern", "Default Light Modern"]) {
    const name = theme.includes("Dark") ? "dark" : "light";
    await inVSCode(`views-${name}`, { settings: { "workbench.colorTheme": theme } }, async (code) => {
      await code.open();
      await solved(code, SUM);

      await code.page
        .locator(".view-line span", { hasText: /^total$/ })
        .first()
        .hover();
      const hover = code.page.locator(".monaco-hover:visible", { hasText: "atlas-ls: VERIFIED" });
      await hover.waitFor();
      await code.screenshot("hover");

      await code.command("Atlas: Show Candidates");
      const tree = code.page.locator(".pane", { hasText: "Candidates" }).locator(".monaco-list-row");
      const best = tree.filter({ hasText: /Candidate \d/ }).first();
      await best.waitFor();
      await tree.filter({ hasText: "total([1, 2, 4]) == 6" }).first().waitFor();
      await code.screenshot("candidates");
      const name = /Candidate \d+/.exec((await best.getAttribute("aria-label")) ?? "")?.[0];
      await best.click();
      await code.page.locator(".tab", { hasText: `total ${name}` }).waitFor();

      await code.show("work.py");
      await code.page
        .locator('.statusbar-item[id*="languageStatus"], .statusbar-item [class*=codicon-bracket]')
        .first()
        .hover();
      const status = code.page.locator(".hover-language-status", { hasText: "atlas-ls: ready" });
      await status.waitFor();
      assert.match(await status.innerText(), /Pocket/);
      await code.screenshot("status");
      await status.getByText("Menu").click();
      await code.page.locator(".quick-input-list", { hasText: "Restart server" }).waitFor();
      await code.screenshot("menu");
      await code.page.keyboard.press("Escape");
    });
  }
});

test("diagnostics stream while it is being solved", async () => {
  await inVSCode("streaming", { settings: longSolve(64) }, async (code) => {
    await code.open();
    await code.edit(BEYOND);
    await code.lens("Solve").waitFor();
    await code.line(1);
    await code.command("Atlas: Solve With the Full Pipeline");
    await code.page.locator(".squiggly-info").first().waitFor();
    await code.lens(/Solving \d+\/\d+/).waitFor();
    await code.command("Problems: Focus on Problems View");
    await code.page.locator(".markers-panel", { hasText: "best so far, unverified" }).waitFor();
    await code.screenshot("streaming");
    await code.command("Atlas: Cancel What Runs");
    await code.page.locator(".markers-panel", { hasText: "best so far, unverified" }).waitFor({ state: "detached" });
  });
});

test("a known solution is ghost text after an undo", async () => {
  await inVSCode("ghost", {}, async (code) => {
    await code.open();
    await solved(code); // only an empty body: over other text VS Code shows no ghost text
    await code.focus();
    await code.page.keyboard.press("Control+z");
    await code.untilText("it is taken back", (now) => now.trimEnd() === SUM.trimEnd());
    await code.line(7);
    await code.page.keyboard.press("End");
    await code.command("Trigger Inline Suggestion");
    await code.page.locator(".ghost-text, .ghost-text-decoration, [class*=ghost-text]").first().waitFor();
    await code.screenshot("ghost");
    await code.page.keyboard.press("Tab");
    await code.untilText("it is taken", (now) => /\n +return /.test(now));
  });
});

test("the pocket model is named once, with the way to a better one", async () => {
  await inVSCode("first-run", {}, async (code) => {
    await code.open();
    await solved(code);
    const told = code.notification("pocket model, which is for trying things out");
    await told.waitFor();
    await code.screenshot("told");
    await code.press(told, "Choose a Model…");
    await code.page.locator(".quick-input-list", { hasText: "OpenAI-compatible server" }).waitFor();
    await code.page.keyboard.press("Escape");
    await code.edit(SUM.replaceAll("total", "again"), "again.py");
    await code.lens("Solve").click();
    await code.untilText("it is solved", (now) => /\n +return /.test(now));
    assert.equal((await code.said()).filter((text) => /trying things out/.test(text)).length, 1);
  });
});

test("the walkthrough has its three steps, and the examples can be solved at once", async () => {
  await inVSCode("walkthrough", {}, async (code) => {
    await code.open();
    await code.command("Welcome: Open Walkthrough...");
    await code.page.locator(".quick-input-list .monaco-list-row", { hasText: "Get started with atlas-ls" }).waitFor();
    await code.page.locator(".quick-input-widget input").first().fill("atlas-ls");
    await code.page.keyboard.press("Enter");
    const steps = code.page.locator(".getting-started-step");
    await until("there are three steps", async () => (await steps.count()) === 3);
    await code.screenshot("walkthrough");
    await steps.filter({ hasText: "Solve a function" }).click();
    await code.page.getByText("Open the examples").click();
    await code.untilText("the examples are open", (text) => text.includes("def energy"));
    await code.lens("Solve").click();
    await code.untilText("the first is solved", (text) => /\n +return /.test(text));
  });
});
