// Runs what is in tests/api/inside.ts in the real extension host.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { inVSCode } from "../support/vscode";

test("the extension's parts in the extension host", { timeout: 280_000 }, async (t) => {
  await inVSCode("api", { driver: true }, async (code) => {
    fs.writeFileSync(path.join(code.folder, "empty.txt"), "");
    const at = (file: string) => `vscode-remote://127.0.0.1:${code.port}${path.resolve(file)}`;
    const lines: string[] = [];
    let ended: (exit: number) => void = () => {};
    const end = new Promise<number>((resolve) => {
      ended = resolve;
    });
    await code.page.exposeFunction("codeAutomationExit", (exit: number) => ended(exit));
    await code.page.exposeFunction("codeAutomationLog", (_type: string, said: unknown[]) => lines.push(said.join(" ")));
    // The one that is developed is the one that was packaged and installed, so no second copy is loaded.
    const extensions = path.join(code.home, "extensions");
    const [installed] = fs.readdirSync(extensions).filter((name) => name.startsWith("atlas-ls."));
    assert.ok(installed);
    const payload = [
      ["extensionDevelopmentPath", at(path.join(extensions, installed))],
      ["extensionTestsPath", at("dist/tests/api/inside.cjs")],
    ];
    await code.open(code.folder, { payload: JSON.stringify(payload) });
    const exit = await end;
    for (const line of lines) t.diagnostic(line);
    assert.equal(exit, 0, lines.join("\n"));
  });
});
