// Where it runs: untrusted workspaces, several folders, no server, settings that change.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { BEYOND, SUM } from "../support/sources";
import { inVSCode, SETTINGS, until } from "../support/vscode";

test("nothing runs in an untrusted workspace; trust starts it", async () => {
  const settings = { "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never" };
  await inVSCode("untrusted", { settings }, async (code) => {
    await code.open();
    await code.edit(SUM);
    await code.page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
    await code.screenshot("restricted");
    assert.equal(await code.page.locator(".codelens-decoration").count(), 0);
    assert.deepEqual(code.processes(/atlas/), []);
    await code.command("Workspaces: Manage Workspace Trust");
    await code.page
      .locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust/ })
      .first()
      .click();
    await code.quickOpen("work.py");
    await code.lens("Solve").waitFor();
    assert.equal(code.servers().length, 1);
  });
});

test("two folders have one server and one engine", async () => {
  await inVSCode("folders", { folders: ["one", "two"] }, async (code) => {
    const file = path.join(code.home, "both.code-workspace");
    fs.writeFileSync(file, JSON.stringify({ folders: [{ path: "one" }, { path: "two" }] }));
    await code.open(file);
    for (const name of ["one", "two"]) {
      await code.edit(SUM.replaceAll("total", `total_${name}`), `in_${name}.py`, path.join(code.home, name));
      await code.lens("Solve").click();
      await code.untilText(`the function of ${name} is solved`, (text) => /return sum\(/.test(text));
    }
    assert.equal(code.servers().length, 1);
    assert.equal(code.processes(/atlas_pipeline\.engine/).length, 1);
  });
});

test("a changed setting holds from the next solve on", async () => {
  await inVSCode("settings", { settings: { "atlas.solve.samples": 3 } }, async (code) => {
    await code.open();
    await code.edit(BEYOND);
    await code.lens("Solve").click();
    await code.untilSaid(/candidate \d of 3/);
    await code.untilSaid("UNVERIFIED");
    assert.ok(!(await code.said()).some((text) => /of 5/.test(text)));
    const settings = JSON.stringify({ ...SETTINGS, "atlas.solve.samples": 5 });
    for (const side of ["User", "Machine"])
      fs.writeFileSync(path.join(code.home, "data", side, "settings.json"), settings);
    await until("five candidates are planned", async () => {
      await code.command("Atlas: Solve This Function");
      await code.page.waitForTimeout(1000); // until the editor has seen the file
      return (await code.said()).some((text) => /of 5/.test(text));
    });
    assert.equal(code.servers().length, 1);
  });
});

test("without a server it says where it was looked for; a wrong setting is named", async () => {
  const settings = { "atlas.server.command": ["/nowhere/atlas-ls"] };
  await inVSCode("no-server", { settings }, async (code) => {
    await code.open();
    await code.edit(SUM);
    await code.untilSaid(/atlas\.server\.command cannot be used: \/nowhere\/atlas-ls: there is no such program/);
    await code.screenshot("no-server");
    await code.line(1);
    await code.command("Atlas: Solve This Function");
    await code.untilSaid(/the server does not run/);
  });
});
