// Where it runs: untrusted workspaces, several folders, no server, settings that change.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { BEYOND, SUM } from "../support/sources";
import { commandLine, inVSCode, longSolve, PYTHON, until, WAIT_MS } from "../support/vscode";
import { makeWheel } from "../support/wheel";

test("nothing runs in an untrusted workspace; trust starts it", async () => {
  const settings = { "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never" };
  await inVSCode("untrusted", { settings }, async (code) => {
    await code.open();
    await code.edit(SUM);
    await code.page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
    await code.screenshot("restricted");
    assert.equal(await code.page.locator(".codelens-decoration").count(), 0);
    assert.deepEqual(code.processes(/atlas_(server|pipeline)/), []);
    await code.command("Workspaces: Manage Workspace Trust");
    await code.page
      .locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust/ })
      .first()
      .click();
    await code.page.keyboard.press("Escape"); // the trust editor may lie over the file
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
      await code.untilText(`the function of ${name} is solved`, (text) => /\n +return /.test(text));
    }
    assert.equal(code.servers().length, 1);
    assert.equal(code.processes(/atlas_pipeline\.engine\.process/).length, 1);
  });
});

test("a changed setting holds from the next solve on", async () => {
  await inVSCode("settings", { settings: longSolve(3) }, async (code) => {
    await code.open();
    await code.edit(BEYOND);
    await code.lens("Solve").click();
    const results = async () => (await code.said()).filter((text) => /: UNVERIFIED: /.test(text)).length;
    await until("the first solve has ended", async () => (await results()) >= 1);
    assert.ok((await code.said()).some((text) => /candidate \d of 3/.test(text)));
    // Up to three candidates with a fault that shows are replaced by fresh ones.
    assert.ok(!(await code.said()).some((text) => /of 9/.test(text)));
    code.configure(longSolve(9));
    await until("nine candidates are planned", async () => {
      await code.command("Notifications: Clear All Notifications");
      await code.line(1);
      const before = await results();
      await code.command("Atlas: Solve This Function");
      await until("the next solve has ended", async () => (await results()) > before);
      return (await code.said()).some((text) => /candidate \d of 9/.test(text));
    });
    assert.equal(code.servers().length, 1);
  });
});

test("a setting that was there when the server started can be reset", async () => {
  await inVSCode("reset", { settings: { "atlas.engine.model": "/nowhere/none.gguf" } }, async (code) => {
    await code.open();
    await code.edit(SUM);
    await code.lens("Solve").click();
    await code.untilSaid(/\/nowhere\/none\.gguf/);
    assert.doesNotMatch(await code.text(), /\n +return /);
    await code.command("Atlas: Choose a Model…");
    await code.page.locator(".quick-input-list .monaco-list-row", { hasText: "Pocket model" }).click();
    await until("the pocket model solves it", async () => {
      await code.line(1);
      await code.command("Atlas: Solve This Function");
      await code.page.locator(".notifications-toasts", { hasText: "Solve total" }).waitFor({ state: "hidden" });
      return /\n +return /.test(await code.text());
    });
    assert.equal(code.servers().length, 1);
  });
});

test("without a server it says where it was looked for; a wrong setting is named", async () => {
  const settings = { "atlas.server.command": ["/nowhere/atlas-ls"] };
  await inVSCode("no-server", { settings }, async (code) => {
    await code.open();
    await code.edit(SUM);
    const why = "/nowhere/atlas-ls: there is no such program";
    await code.notification(`atlas.server.command cannot be used: ${why}`).waitFor();
    await code.screenshot("no-server");
    await code.press(code.notification(why), "Show Log");
    // At once, while VS Code does not know the log's channel yet.
    await until("the log is shown", async () => (await code.text(code.page.locator(".part.panel"))).includes(why));
    await code.line(1);
    await code.command("Atlas: Solve This Function");
    await code.untilSaid(/the server does not run/);
  });
});

test("the server is installed when asked, with a retry where that fails", async () => {
  const settings = { "atlas.server.command": [], "atlas.server.package": "/nowhere/atlas_ls.whl" };
  const env = { PIP_NO_INDEX: "1", PATH: "/usr/local/bin:/usr/bin:/bin" };
  await inVSCode("install", { settings, env }, async (code) => {
    await code.open();
    await code.edit(SUM);
    const none = code.notification("no server was found");
    await none.waitFor();
    await code.screenshot("none");
    await code.press(none, "Install…");
    const failed = code.notification("the server was not installed");
    await failed.waitFor();
    assert.match(await failed.innerText(), /atlas_ls\.whl/);
    await code.screenshot("failed-install");
    // A stand-in for the real wheel, which takes minutes to install: it starts the real server.
    const python = JSON.stringify(PYTHON);
    const body = `import os, sys\nos.execv(${python}, [${python}, "-m", "atlas_server", *sys.argv[1:]])`;
    const wheel = makeWheel(code.home, "0.1.0", body);
    code.configure({ ...settings, "atlas.server.package": wheel });
    await until(
      "the retry works",
      async () => {
        const again = code.notification("the server was not installed");
        if (await again.isVisible()) await code.press(again, "Retry");
        return code.servers().length === 1;
      },
      4 * WAIT_MS,
    ); // an environment is made, twice
    await code.lens("Solve").click();
    await code.untilText("the solve works", (text) => /\n +return /.test(text));
  });
});

test("the API key is in the server's environment, and in no setting", async () => {
  await inVSCode("key", {}, async (code) => {
    await code.open();
    await code.edit(SUM);
    await code.lens("Solve").waitFor();
    const [before] = code.servers();
    await code.command("Atlas: Set the API Key of the Remote Engine…");
    const input = code.page.locator(".quick-input-widget input[type=password]");
    await input.fill("secret-4711");
    await code.page.keyboard.press("Enter");
    const key = (pid: number) => /\0ATLAS_API_KEY=([^\0]*)/.exec(fs.readFileSync(`/proc/${pid}/environ`, "utf8"))?.[1];
    await until("the server was started again with the key", () => {
      const [now] = code.servers();
      return now !== undefined && now !== before && key(now) === "secret-4711";
    });
    assert.ok(!code.processes(/./).some((pid) => commandLine(pid).includes("secret-4711")));
    const settings = fs.readFileSync(path.join(code.home, "data/User/settings.json"), "utf8");
    assert.doesNotMatch(settings, /4711/);
    await code.command("Atlas: Remove the API Key");
    await until("the server was started again without it", () => {
      const [now] = code.servers();
      return now !== undefined && key(now) === undefined;
    });
  });
});

test("the server is found in the workspace's Python environment, as its extensions name it", async () => {
  // Stand-ins for the two extensions, with the parts of their APIs that are used: the real ones are in a marketplace.
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "atlas-python-"));
  const [program, now] = ["program", "now"].map((name) => path.join(folder, name)) as [string, string];
  const interpreter = (python: string) => {
    fs.writeFileSync(program, python);
    fs.writeFileSync(now, ""); // taken away by the stand-in, which then says that the interpreter changed
  };
  interpreter(PYTHON);
  const extensions = {
    "ms-python.vscode-python-envs": `return {
      getEnvironment: async () => ({ execInfo: { run: { executable: "/nowhere/python" } } }),
      onDidChangeEnvironment: () => ({ dispose() {} }) };`,
    "ms-python.python": `return { environments: {
      getActiveEnvironmentPath: () => ({ id: "one", path: "one" }),
      resolveEnvironment: async () => {
        const program = require("node:fs").readFileSync(${JSON.stringify(program)}, "utf8");
        return { executable: { uri: vscode.Uri.file(program) } };
      },
      onDidChangeActiveEnvironmentPath: (changed) => {
        const timer = setInterval(() => {
          if (!require("node:fs").existsSync(${JSON.stringify(now)})) return;
          require("node:fs").unlinkSync(${JSON.stringify(now)});
          changed();
        }, 50);
        return { dispose: () => clearInterval(timer) };
      } } };`,
  };
  await inVSCode("python", { settings: { "atlas.server.command": [] }, extensions }, async (code) => {
    await code.open();
    await code.edit(SUM);
    await code.lens("Solve").waitFor();
    const [server] = code.servers();
    assert.match(commandLine(server as number), /-P -m atlas_server/);
    await code.command("Atlas: Show Menu");
    const row = code.page.locator(".quick-input-list .monaco-list-row", { hasText: "Restart server" });
    await row.filter({ hasText: "interpreter of the Python extension" }).waitFor();
    await code.page.keyboard.press("Escape");

    // The same one again: what runs goes on. Another one: the server is started with that.
    interpreter(PYTHON);
    await until("the change was told", () => !fs.existsSync(now));
    await code.lens("Solve").click();
    await code.untilText("the solve works", (text) => /\n +return /.test(text));
    assert.deepEqual(code.servers(), [server]);
    const other = path.join(folder, "python3");
    fs.writeFileSync(other, `#!/bin/sh\nexec ${PYTHON} "$@" --log-level info\n`, { mode: 0o755 });
    interpreter(other);
    await until("another server runs", () => {
      const [another] = code.servers();
      return another !== undefined && another !== server && /--log-level info/.test(commandLine(another));
    });
  });
});
