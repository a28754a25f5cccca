// The one connection to the server, for all folders: found, started, started again when it dies.

import { type ChildProcess, spawn } from "node:child_process";
import * as path from "node:path";
import * as vscode from "vscode";
import {
  type ClientCapabilities,
  CloseAction,
  ErrorAction,
  LanguageClient,
  State,
  type StaticFeature,
} from "vscode-languageclient/node";
import { showLog } from "./log";
import { type Answer, CAPABILITIES, type CandidatesChanged, type EngineStatus, type FunctionStatus } from "./protocol";
import type { Secrets } from "./secrets";
import { Backoff } from "./server/backoff";
import { describeTried, type Found, findServer, isSame, type Server } from "./server/find";
import type { Managed } from "./server/managed";
import { places, serverCommand } from "./server/places";
import { run } from "./server/run";
import { settingsToSend } from "./wire";

export type ServerState = "stopped" | "starting" | "running" | "failed";

/** What runs a command of the server, and shows its progress and its outcome. */
export type Execute = (command: string, args: unknown[]) => Promise<Answer | undefined>;

const SELECTOR = [
  { language: "python", scheme: "file" },
  { language: "python", scheme: "untitled" },
  { language: "python", scheme: "vscode-notebook-cell" },
];
const VERSION_TIMEOUT_MS = 30_000;
const INITIALIZE_TIMEOUT_MS = 60_000;
const EXIT_MS = 2_000;
const MOST_WRITE_ERRORS = 3;

export class Connection implements vscode.Disposable {
  client: LanguageClient | undefined;
  server: Server | undefined;
  state: ServerState = "stopped";
  /** Why it does not run. */
  problem = "";

  private readonly changed = new vscode.EventEmitter<ServerState>();
  private readonly status = new vscode.EventEmitter<FunctionStatus>();
  private readonly engine = new vscode.EventEmitter<EngineStatus>();
  private readonly candidates = new vscode.EventEmitter<CandidatesChanged>();
  readonly onState = this.changed.event;
  readonly onStatus = this.status.event;
  readonly onEngine = this.engine.event;
  readonly onCandidates = this.candidates.event;

  private readonly backoff = new Backoff();
  private process: ChildProcess | undefined;
  private turn: Promise<void> = Promise.resolve();
  /** Raised where the user starts or stops it: what was to be started again before that is not. */
  private generation = 0;
  /** Of which generation the client is. */
  private ofGeneration = 0;
  execute: Execute = async () => undefined;
  /** Shows a document of the server in its own way; false: as any other document. */
  showPage: (uri: vscode.Uri) => Promise<boolean> = async () => false;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly managed: Managed,
    private readonly secrets: Secrets,
  ) {}

  /** Find the server and start it; what goes wrong is shown, not thrown. */
  start(): Promise<void> {
    return this.inTurn(() => this.open());
  }

  /** Start it anew, wherever it is found now. */
  restart(): Promise<void> {
    this.giveUp();
    return this.inTurn(async () => {
      this.backoff.reset();
      await this.close();
      await this.open();
    });
  }

  stop(): Promise<void> {
    this.giveUp();
    return this.inTurn(() => this.close());
  }

  /** The workspace's Python environment is another one: start the server anew where it is found elsewhere now. */
  reconsider(): Promise<void> {
    return this.inTurn(async () => {
      if (serverCommand().length) return; // whatever the environment is
      if (this.client) {
        const { server } = await this.find();
        if (!server || !this.server || isSame(server, this.server)) return;
        await this.close();
      } else if (this.state !== "failed") return;
      this.backoff.reset();
      await this.open();
    });
  }

  dispose(): void {
    for (const emitter of [this.changed, this.status, this.engine, this.candidates]) emitter.dispose();
  }

  private inTurn(step: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(step, step);
    return this.turn;
  }

  private become(state: ServerState, problem = ""): void {
    this.state = state;
    this.problem = problem;
    this.changed.fire(state);
  }

  /** What was begun before counts no more; a server that has not answered yet is not waited for. */
  private giveUp(): void {
    this.generation++;
    if (this.state === "starting") this.process?.kill("SIGKILL");
  }

  private find(): Promise<Found> {
    return findServer(places(this.context, this.managed), (command, args) =>
      run(command, args, { timeoutMs: VERSION_TIMEOUT_MS }),
    );
  }

  private async open(): Promise<void> {
    if (this.client) return;
    this.ofGeneration = this.generation;
    this.become("starting");
    const found = await this.find();
    if (this.ofGeneration !== this.generation) return; // what comes next begins anew
    if (found.tried.length) this.log.info(`looked for the server:\n${describeTried(found.tried)}`);
    if (!found.server) {
      const last = found.tried.at(-1);
      const why = last?.decided ? `${last.command}: ${last.reason}` : vscode.l10n.t("it is not installed");
      this.become("failed", why);
      this.offerInstall(why, last?.decided ?? false);
      return;
    }
    this.server = found.server;
    this.log.info(`server ${found.server.version}: ${found.server.command} (${found.server.origin})`);
    const client = this.create(found.server);
    this.client = client;
    const overdue = setTimeout(() => {
      this.log.error(`the server has not answered for ${INITIALIZE_TIMEOUT_MS / 1000} s`);
      this.process?.kill("SIGKILL");
    }, INITIALIZE_TIMEOUT_MS);
    await client
      .start()
      .catch((error) => {
        this.log.error(`the server does not start: ${error}`);
        this.lost(client);
      })
      .finally(() => clearTimeout(overdue));
  }

  private async close(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (!client) return;
    try {
      if (client.state === State.Running || client.state === State.Starting) await client.stop();
    } catch (error) {
      this.log.warn(`the server was ended the hard way: ${error}`);
    }
    await client.dispose().catch(() => undefined);
    this.process?.kill("SIGKILL"); // stop() has waited for it; this is for one that hangs
    this.process = undefined;
    this.become("stopped");
  }

  private create(server: Server): LanguageClient {
    const client: LanguageClient = new QuietClient("atlas", "atlas-ls", () => this.spawn(server), {
      documentSelector: SELECTOR,
      diagnosticCollectionName: "atlas-ls",
      outputChannel: this.log,
      // No initialization options: the server would keep them under what it asks for, so that nothing could be reset.
      errorHandler: {
        error: (_error, _message, count) => {
          // It cannot be written to. Its end is told, and another one started; a client that is shut down says nothing.
          if ((count ?? 0) > MOST_WRITE_ERRORS) this.process?.kill("SIGKILL");
          return { action: ErrorAction.Continue, handled: true };
        },
        closed: () => {
          this.lost(client);
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
      initializationFailedHandler: () => false, // start() fails, which is told
      middleware: {
        executeCommand: (command, args) => this.execute(command, args),
        window: {
          showDocument: async (params, _token, next) => {
            const uri = client.protocol2CodeConverter.asUri(params.uri);
            return (await this.showPage(uri)) ? { success: true } : next(params, _token);
          },
        },
        workspace: {
          configuration: (params) =>
            params.items.map((item) => (item.section === "atlas" ? (this.settings() as object) : null)),
        },
      },
      markdown: { supportThemeIcons: true },
    });
    client.registerFeature(new Announced());
    client.onNotification("atlas/status", (params: FunctionStatus) => this.status.fire(params));
    client.onNotification("atlas/engine", (params: EngineStatus) => this.engine.fire(params));
    client.onNotification("atlas/candidates", (params: CandidatesChanged) => this.candidates.fire(params));
    client.onDidChangeState(({ newState }) => {
      if (this.client !== client) return;
      if (newState === State.Running) this.become("running");
      else if (newState === State.Starting) this.become("starting");
    });
    return client;
  }

  private async spawn(server: Server): Promise<ChildProcess> {
    const folder = vscode.workspace.workspaceFolders?.find((one) => one.uri.scheme === "file");
    const secret = await this.secrets.environment().catch((error) => {
      this.log.error(`the API key cannot be read: ${error}`);
      return {};
    });
    const child = spawn(server.command, server.args, {
      cwd: folder?.uri.fsPath ?? path.dirname(this.context.extensionPath),
      env: { ...process.env, ...secret },
      windowsHide: true,
    });
    this.process = child;
    child.once("error", (error) => this.log.error(`${server.command}: ${error.message}`));
    return child;
  }

  private settings(): unknown {
    const configuration = vscode.workspace.getConfiguration("atlas");
    return settingsToSend(
      settingNames(this.context),
      (name) => configuration.inspect(name),
      configuration.get("advanced"),
    );
  }

  /** The connection has gone without being asked to: say so, and start another after a while. */
  private lost(client: LanguageClient): void {
    if (this.client !== client || this.ofGeneration !== this.generation) return;
    this.client = undefined;
    const { generation } = this;
    void this.inTurn(async () => {
      const how = await this.howItEnded();
      await client.dispose().catch(() => undefined); // it is not running
      if (generation !== this.generation) return;
      const delay = this.backoff.next();
      if (delay === undefined) {
        this.become("failed", how);
        this.offer("error", vscode.l10n.t("atlas-ls: the server ended ({0}) and is not started again.", how));
        return;
      }
      this.become("starting", how);
      this.offer("warning", vscode.l10n.t("atlas-ls: the server ended ({0}); it is started again.", how));
      await new Promise((resolve) => setTimeout(resolve, delay));
      if (generation === this.generation) await this.open();
    });
  }

  private async howItEnded(): Promise<string> {
    const child = this.process;
    if (!child) return vscode.l10n.t("see the log");
    if (child.exitCode === null && child.signalCode === null) {
      await new Promise<void>((resolve) => {
        child.once("exit", () => resolve());
        setTimeout(resolve, EXIT_MS);
      });
    }
    this.process = undefined;
    if (child.signalCode !== null) return vscode.l10n.t("signal {0}", child.signalCode);
    if (child.exitCode !== null) return vscode.l10n.t("exit code {0}", String(child.exitCode));
    child.kill("SIGKILL");
    return vscode.l10n.t("its connection was closed");
  }

  private offer(kind: "warning" | "error", text: string): void {
    const restart = vscode.l10n.t("Restart Server");
    const show = vscode.l10n.t("Show Log");
    const shown =
      kind === "error"
        ? vscode.window.showErrorMessage(text, restart, show)
        : vscode.window.showWarningMessage(text, show);
    void shown.then((chosen) => {
      if (chosen === restart) void this.restart();
      if (chosen === show) void showLog(this.log);
    });
  }

  private offerInstall(why: string, decided: boolean): void {
    const install = vscode.l10n.t("Install…");
    const settings = vscode.l10n.t("Open Settings");
    const show = vscode.l10n.t("Show Log");
    const text = decided
      ? vscode.l10n.t("atlas-ls: the server of the setting atlas.server.command cannot be used: {0}", why)
      : vscode.l10n.t("atlas-ls: no server was found; the log says where it was looked for.");
    void vscode.window
      .showErrorMessage(text, ...(decided ? [settings, show] : [install, settings, show]))
      .then((chosen) => {
        if (chosen === install) void vscode.commands.executeCommand("atlas.install");
        if (chosen === settings) void vscode.commands.executeCommand("workbench.action.openSettings", "atlas.server");
        if (chosen === show) void showLog(this.log);
      });
  }
}

interface SettingGroup {
  properties?: Record<string, unknown>;
}

/** Return the names of the declared settings, without `atlas.`. */
function settingNames(context: vscode.ExtensionContext): string[] {
  const groups = context.extension.packageJSON.contributes.configuration as SettingGroup[];
  return groups.flatMap((group) => Object.keys(group.properties ?? {}).map((name) => name.replace(/^atlas\./, "")));
}

/** Shows no messages of its own: what a user can do about them is said here. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** Tells the server what this client reads beyond the standard. */
class Announced implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.experimental = { ...(capabilities.experimental as object), atlas: CAPABILITIES };
  }
  initialize(): void {}
  getState(): { kind: "static" } {
    return { kind: "static" };
  }
  clear(): void {}
}
