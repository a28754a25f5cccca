// From the light bulb to the text in the editor: real VS Code, real server, real engine, pocket model, real sandbox.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { SUM } from "../support/sources";
import { inVSCode, until } from "../support/vscode";

const STUB = `x = 1\n\n\n${SUM}    pass\n`;

test("solve from the light bulb, disk untouched, one undo", async () => {
  await inVSCode("solve", {}, async (code) => {
    await code.open();
    const file = await code.edit(STUB);
    await code.lens("Solve").waitFor();
    await code.line(4);
    const bulb = code.page.locator(".lightBulbWidget, [class*=gutter-lightbulb]").first();
    await bulb.waitFor();
    await code.screenshot("bulb");
    const item = code.page
      .locator(".action-widget .monaco-list-row")
      .filter({ hasText: "Solve this function" })
      .first();
    // A late event of start-up can close the menu: it is asked for again.
    await until("the menu shows the action", async () => {
      await code.page.keyboard.press("Control+.");
      return item.waitFor({ timeout: 3000 }).then(() => true);
    });
    await code.screenshot("menu");
    await code.page.keyboard.press("Enter");
    await code.untilSaid(/Solve total.*writing candidates/s);
    await code.untilSaid(/candidate \d of 3, unverified.*Use best/);
    await code.untilText("the solution is in the editor", (text) => /\n +return /.test(text));
    await code.screenshot("solved");
    assert.equal(fs.readFileSync(file, "utf8"), STUB);
    await code.focus();
    await code.page.keyboard.press("Control+s");
    await until("it is saved", () => /\n +return /.test(fs.readFileSync(file, "utf8")));
    await code.page.keyboard.press("Control+z");
    await code.untilText("one undo takes it back", (text) => text.trimEnd() === STUB.trimEnd());
  });
});
