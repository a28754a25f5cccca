// Drives a real VS Code: its own server and extension host, its workbench in a real browser. Nothing of it is replaced.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";

function needed(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run \`make e2e-vscode\``);
  return value;
}

const VSCODE = needed("ATLAS_TEST_VSCODE");
const CHROMIUM = needed("ATLAS_TEST_CHROMIUM");
export const PYTHON = needed("ATLAS_TEST_PYTHON");
const VSIX = needed("ATLAS_TEST_VSIX");
const RESULTS = path.resolve(process.env.ATLAS_TEST_RESULTS ?? "test-results");
export const WAIT_MS = 120_000; // a bound for things that happen anyway: machines are noisy
const LINGER_S = 1;

/** The server, with what it writes to standard error kept in a file. */
const SERVER_COMMAND = ["/bin/sh", "-c", `exec "${PYTHON}" -m atlas_server "$@" 2>>"$ATLAS_TEST_LOG"`, "atlas-ls"];
export const SETTINGS = {
  "atlas.server.command": SERVER_COMMAND,
  "atlas.advanced": { engine: { linger_s: LINGER_S, threads: 1 } },
  "security.workspace.trust.enabled": false,
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.colorTheme": "Default Dark Modern",
  "window.autoDetectColorScheme": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off",
  "chat.commandCenter.enabled": false,
  "chat.disableAIFeatures": true,
  "editor.lightbulb.enabled": "on",
  "editor.minimap.enabled": false,
  "git.enabled": false,
};

/** Settings with which a solve writes so many candidates before it looks at any. */
export function longSolve(samples: number): Record<string, unknown> {
  const advanced = SETTINGS["atlas.advanced"];
  return {
    "atlas.solve.samples": samples,
    "atlas.advanced": { ...advanced, solve: { first_samples: samples } },
  };
}

export interface Options {
  settings?: Record<string, unknown>;
  /** Folders that are made in the home folder; the first is opened, or all of them by a workspace file. */
  folders?: string[];
  size?: { width: number; height: number };
  /** Let the page run tests inside the extension host. Toasts are not shown then. */
  driver?: boolean;
  env?: Record<string, string>;
  /** Other extensions, by their ids: the JavaScript of their `activate`, which returns their API. */
  extensions?: Record<string, string>;
}

export class VSCode {
  private constructor(
    readonly name: string,
    readonly home: string,
    readonly folder: string,
    private readonly server: ChildProcess,
    private readonly browser: Browser,
    readonly page: Page,
    readonly port: number,
  ) {}

  /** Start one in a home folder of its own. */
  static async start(name: string, options: Options = {}): Promise<VSCode> {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), "atlas-vscode-"));
    const names = options.folders ?? ["work"];
    for (const folder of [...names, "run", "data/User", "data/Machine", "extensions"]) {
      fs.mkdirSync(path.join(home, folder), { recursive: true, mode: 0o700 });
    }
    writeSettings(home, options.settings);
    const results = path.join(RESULTS, name);
    fs.rmSync(results, { recursive: true, force: true });
    fs.mkdirSync(results, { recursive: true });
    const env = environment(home, { ATLAS_TEST_LOG: path.join(results, "server.log"), ...options.env });
    const installed = spawnSync(
      path.join(VSCODE, "bin/node"),
      [...arguments_(home), "--install-extension", path.resolve(VSIX)],
      { env, encoding: "utf8" },
    );
    assert.equal(installed.status, 0, installed.stdout + installed.stderr);
    for (const [id, body] of Object.entries(options.extensions ?? {})) addExtension(home, id, body);
    const port = await freePort();
    const log = fs.openSync(path.join(results, "vscode-server.log"), "w");
    const server = spawn(
      path.join(VSCODE, "bin/node"),
      [
        ...arguments_(home),
        ...["--host", "127.0.0.1", "--port", String(port), "--without-connection-token", "--telemetry-level", "off"],
        ...(options.driver ? ["--enable-smoke-test-driver"] : []),
      ],
      { env, stdio: ["ignore", log, log], detached: true },
    );
    let browser: Browser | undefined;
    try {
      await until("the server of VS Code listens", async () => {
        assert.equal(server.exitCode, null, fs.readFileSync(path.join(results, "vscode-server.log"), "utf8"));
        return (await fetch(`http://127.0.0.1:${port}/version`).catch(() => undefined))?.ok;
      });
      browser = await chromium.launch({
        executablePath: CHROMIUM,
        headless: true,
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"],
      });
      const page = await browser.newPage({ viewport: options.size ?? { width: 1280, height: 800 } });
      page.setDefaultTimeout(WAIT_MS);
      const said = fs.createWriteStream(path.join(results, "console.log"));
      page.on("console", (message) => said.write(`${message.type()} ${message.text()}\n`));
      await page.addInitScript(recordNotifications);
      return new VSCode(name, home, path.join(home, names[0] as string), server, browser, page, port);
    } catch (error) {
      await browser?.close();
      kill(server);
      throw error;
    }
  }

  /** Open the workbench on a folder, or on a workspace file. */
  async open(where = this.folder, query: Record<string, string> = {}): Promise<void> {
    const kind = where.endsWith(".code-workspace") ? "workspace" : "folder";
    const search = new URLSearchParams({ [kind]: where, ...query });
    await this.page.goto(`http://127.0.0.1:${this.port}/?${search}`);
    await this.page.locator(".monaco-workbench").waitFor();
  }

  /** Change the user's settings, as by hand: VS Code sees that the file changed. */
  configure(settings: Record<string, unknown>): void {
    writeSettings(this.home, settings);
  }

  /** Write a file, open it, and wait for the editor. */
  async edit(text: string, name = "work.py", folder = this.folder): Promise<string> {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    await this.show(name);
    return file;
  }

  /** Show a file: by its tab where it is open, else from the explorer. */
  async show(name: string): Promise<void> {
    const tab = this.page.locator(`.tab[data-resource-name="${name}"]`).first();
    await until(`${name} is shown`, async () => {
      if (await tab.isVisible()) await tab.click({ timeout: 5000 });
      else
        await this.page
          .locator(".explorer-folders-view .monaco-list-row", { hasText: name })
          .dblclick({ timeout: 5000 });
      await this.page.locator(`.tab.active[data-resource-name="${name}"]`).first().waitFor({ timeout: 5000 });
      return true;
    });
    await this.page.locator(".editor-instance .view-lines").first().waitFor();
  }

  /** Run a command of the palette by its title. */
  async command(title: string): Promise<void> {
    await until(`the command ${title} is in the palette`, async () => {
      await this.page.keyboard.press("F1");
      const input = this.page.locator(".quick-input-widget input").first();
      await input.waitFor({ timeout: 5000 });
      await input.fill(`>${title}`, { timeout: 5000 });
      const row = this.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: title });
      const found = await row.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
      await this.page.keyboard.press(found ? "Enter" : "Escape");
      return found;
    });
    await this.page.locator(".quick-input-widget", { hasText: title }).waitFor({ state: "hidden" });
  }

  /** Put the cursor on a line of the active editor, from 1. */
  async line(line: number): Promise<void> {
    await this.focus();
    await this.page.keyboard.press("Control+g");
    const input = this.page.locator(".quick-input-widget input").first();
    await input.waitFor();
    await input.fill(`:${line}`);
    await this.page.keyboard.press("Enter");
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  async focus(): Promise<void> {
    // Not by a click: code lenses and hovers lie over the lines.
    await this.command("View: Focus Active Editor Group");
  }

  /** Return the text that the active editor shows: of small files, all of it. */
  async text(
    editor: Locator = this.page.locator(".editor-group-container.active .editor-instance").last(),
  ): Promise<string> {
    const lines = await editor.locator(".view-lines .view-line").evaluateAll((found) =>
      found
        .map((line) => ({
          top: Number.parseFloat((line as unknown as { style: { top: string } }).style.top),
          text: line.textContent ?? "",
        }))
        .sort((a, b) => a.top - b.top)
        .map((line) => line.text),
    );
    return lines.join("\n").replace(/\u00a0/g, " ");
  }

  async untilText(what: string, holds: (text: string) => boolean): Promise<string> {
    let last = "";
    await until(what, async () => {
      last = await this.text();
      return holds(last);
    }).catch((error) => {
      throw new Error(`${error.message}\n${last}`);
    });
    return last;
  }

  /** The notification that says something. */
  notification(text: string | RegExp): Locator {
    return this.page.locator(".notifications-toasts .notification-list-item").filter({ hasText: text }).last();
  }

  /** Return what all notifications say, shown or in the centre. */
  async notifications(): Promise<string[]> {
    return this.page.locator(".notification-list-item-message").allInnerTexts();
  }

  /** Return everything that notifications have said so far, also those that are gone. */
  async said(): Promise<string[]> {
    return this.page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
  }

  async untilSaid(text: string | RegExp): Promise<void> {
    let said: string[] = [];
    await until(`a notification says ${text}`, async () => {
      said = await this.said();
      return said.some((one) => (typeof text === "string" ? one.includes(text) : text.test(one)));
    }).catch((error) => {
      throw new Error(`${error.message}; it was said:\n${said.join("\n")}`);
    });
  }

  async press(notification: Locator, button: string): Promise<void> {
    await notification.hover();
    await notification.locator(".monaco-button, .action-label").filter({ hasText: button }).first().click();
  }

  lens(text: string | RegExp): Locator {
    return this.page.locator(".codelens-decoration a").filter({ hasText: text }).first();
  }

  async screenshot(name: string): Promise<string> {
    const file = path.join(RESULTS, this.name, `${name}.png`);
    await this.page.screenshot({ path: file });
    return file;
  }

  /** Return the processes that belong to this VS Code, by what is in their command line. */
  processes(pattern: RegExp): number[] {
    return processesOf(path.join(this.home, "run")).filter((pid) => pattern.test(commandLine(pid)));
  }

  servers(): number[] {
    return this.processes(/atlas_server(?!.*--version)/);
  }

  /** End it as a user who closes the window; none of our processes may be left. */
  async quit({ failed = false } = {}): Promise<void> {
    const results = path.join(RESULTS, this.name);
    try {
      if (failed) {
        await this.page.screenshot({ path: path.join(results, "failed.png") }).catch(() => undefined);
        fs.writeFileSync(
          path.join(results, "notifications.txt"),
          (await this.notifications().catch(() => [])).join("\n---\n"),
        );
      }
      await this.browser.close();
    } finally {
      const runtime = path.join(this.home, "run");
      const exited = new Promise((resolve) => this.server.once("exit", resolve));
      if (this.server.exitCode === null && this.server.signalCode === null) {
        process.kill(-(this.server.pid as number), "SIGTERM");
        await Promise.race([exited, sleep(15_000)]);
      }
      kill(this.server);
      copyLogs(path.join(this.home, "data/logs"), results);
      try {
        await until("all processes have ended", () => processesOf(runtime).length === 0, (LINGER_S + 20) * 1000);
      } catch (error) {
        const left = processesOf(runtime).map((pid) => `${pid} ${commandLine(pid)}`);
        for (const pid of processesOf(runtime)) process.kill(pid, "SIGKILL");
        if (!failed) throw new Error(`${(error as Error).message}: ${left.join("\n")}`);
      }
      fs.rmSync(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      if (!failed && !process.env.ATLAS_TEST_KEEP) fs.rmSync(results, { recursive: true, force: true });
    }
  }
}

/** Runs in the page: keeps what notifications say, some of which are there for a moment only. */
function recordNotifications(): void {
  const page = globalThis as any;
  page.said = [];
  const texts = new WeakMap();
  const look = () => {
    for (const shown of page.document.querySelectorAll(".notification-list-item-message")) {
      const text = shown.innerText;
      if (!text || texts.get(shown) === text) continue;
      texts.set(shown, text);
      if (page.said.at(-1) !== text) page.said.push(text);
    }
  };
  new page.MutationObserver(look).observe(page.document, { subtree: true, childList: true, characterData: true });
}

/** Run a test in a VS Code of its own; screenshots and logs are left where it fails. */
export async function inVSCode(name: string, options: Options, body: (code: VSCode) => Promise<void>): Promise<void> {
  const code = await VSCode.start(name, options);
  let failed = true;
  try {
    await body(code);
    const said = await code.said();
    assert.deepEqual(
      said.filter((text) => /unknown error|Cannot read prop|got disposed|is not a function/i.test(text)),
      [],
    );
    failed = false;
  } finally {
    await code.quit({ failed });
  }
}

/** Wait until something holds. */
export async function until(what: string, holds: () => unknown, withinMs = WAIT_MS): Promise<void> {
  const end = Date.now() + withinMs;
  let problem: unknown;
  for (;;) {
    try {
      if (await holds()) return;
      problem = undefined;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      problem = error;
    }
    if (Date.now() > end) throw new Error(`waited for ${withinMs} ms until ${what}${problem ? `: ${problem}` : ""}`);
    await sleep(50);
  }
}

export function commandLine(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0/g, " ");
  } catch {
    return "";
  }
}

/** Return the processes whose runtime folder is this one, or whose parent's is: the sandbox gets no environment of ours. */
function processesOf(runtime: string): number[] {
  const found = new Set<number>();
  const parents = new Map<number, number>();
  for (const name of fs.readdirSync("/proc")) {
    const pid = Number(name);
    if (!pid) continue;
    try {
      parents.set(
        pid,
        Number(
          fs
            .readFileSync(`/proc/${pid}/stat`, "utf8")
            .replace(/^.*\) \S+ /, "")
            .split(" ")[0],
        ),
      );
      const variables = fs.readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      if (variables.includes(`XDG_RUNTIME_DIR=${runtime}`)) found.add(pid);
    } catch {
      // it has ended
    }
  }
  for (let grown = true; grown; ) {
    grown = false;
    for (const [pid, parent] of parents) {
      if (!found.has(pid) && found.has(parent)) grown = Boolean(found.add(pid));
    }
  }
  return [...found];
}

/** Add an extension as if it had been installed. */
function addExtension(home: string, id: string, body: string): void {
  const [publisher, name] = id.split(".");
  const folder = path.join(home, "extensions", `${id}-1.0.0`);
  fs.mkdirSync(folder);
  const manifest = { publisher, name, version: "1.0.0", engines: { vscode: "^1.91.0" }, main: "./main.js" };
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  fs.writeFileSync(
    path.join(folder, "main.js"),
    `const vscode = require("vscode"); exports.activate = () => { ${body} };`,
  );
  const list = path.join(home, "extensions/extensions.json");
  const known = JSON.parse(fs.readFileSync(list, "utf8"));
  const location = { $mid: 1, path: folder, scheme: "file" };
  known.push({ identifier: { id }, version: "1.0.0", location, relativeLocation: path.basename(folder) });
  fs.writeFileSync(list, JSON.stringify(known));
}

function writeSettings(home: string, settings: Record<string, unknown> = {}): void {
  const text = JSON.stringify({ ...SETTINGS, ...settings });
  // User settings are those of the browser's side; settings of the scope `machine` are read on the server's.
  for (const side of ["User", "Machine"]) fs.writeFileSync(path.join(home, "data", side, "settings.json"), text);
}

function environment(home: string, more: Record<string, string> = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: home,
    XDG_RUNTIME_DIR: path.join(home, "run"),
    XDG_CACHE_HOME: path.join(home, ".cache"),
    XDG_CONFIG_HOME: path.join(home, ".config"),
    XDG_DATA_HOME: path.join(home, ".local/share"),
    XDG_STATE_HOME: path.join(home, ".local/state"),
    NODE_TEST_CONTEXT: "",
    ...more,
  };
}

function arguments_(home: string): string[] {
  const data = path.join(home, "data");
  return [
    path.join(VSCODE, "server-main.js"),
    "--accept-server-license-terms",
    ...["--server-data-dir", data, "--user-data-dir", data, "--extensions-dir", path.join(home, "extensions")],
  ];
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const listening = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = listening.address() as net.AddressInfo;
      listening.close(() => resolve(port));
    });
  });
}

function copyLogs(from: string, to: string): void {
  if (fs.existsSync(from)) fs.cpSync(from, path.join(to, "logs"), { recursive: true });
}

function kill(server: ChildProcess): void {
  try {
    process.kill(-(server.pid as number), "SIGKILL");
  } catch {
    // it has ended
  }
}
