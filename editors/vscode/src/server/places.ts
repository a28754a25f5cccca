// Where the server is looked for: the setting; the workspace's Python environment, as its extensions know it; the environment
// that this extension made; the checkout this extension lies in; PATH.

import * as fs from "node:fs";
import * as path from "node:path";
import type { PythonEnvironmentApi } from "@vscode/python-environments";
import type { PythonExtension } from "@vscode/python-extension";
import * as vscode from "vscode";
import type { Place } from "./find";
import { MANAGED_MODULE, type Managed } from "./managed";

// Nothing is imported from the folder it is started in, which is the workspace; with an environment of our own, nothing from
// PYTHONPATH either.
const MODULE = ["-P", "-m", "atlas_server"];
const ANSWER_WITHIN_MS = 10_000;

/** Return the program and arguments that the user set, empty where they are looked for. */
export function serverCommand(): string[] {
  return vscode.workspace.getConfiguration("atlas").get<string[]>("server.command", []);
}

/** Yield them in the order they are tried; the later ones are not looked up where an earlier one is the server. */
export async function* places(context: vscode.ExtensionContext, managed: Managed): AsyncGenerator<Place> {
  const [command, ...args] = serverCommand();
  if (command !== undefined) {
    yield { origin: vscode.l10n.t("setting atlas.server.command"), command: expandHome(command), args, decided: true };
    return;
  }
  for (const [origin, python] of await interpreters()) yield { origin, command: python, args: MODULE };
  const own = managed.python();
  if (own !== undefined)
    yield { origin: vscode.l10n.t("installed by this extension"), command: own, args: MANAGED_MODULE };
  const checkout = checkoutOf(context.extensionPath);
  const built = checkout && path.join(checkout, ".venv/bin/atlas-ls");
  if (built && fs.existsSync(built))
    yield { origin: vscode.l10n.t("the checkout of this extension"), command: built, args: [] };
  yield { origin: "PATH", command: "atlas-ls", args: [] };
}

/** Return the interpreters of the workspace, with who named them. */
export async function interpreters(): Promise<[string, string][]> {
  const found: [string, string][] = [];
  const resource = vscode.workspace.workspaceFolders?.[0]?.uri;
  // Neither extension is required, so the packages' own ways to get their API, which fail without them, are not used.
  const environments = await within(api<PythonEnvironmentApi>("ms-python.vscode-python-envs"));
  const environment = await within(environments?.getEnvironment(resource));
  if (environment)
    found.push([vscode.l10n.t("Python environment of the workspace"), environment.execInfo.run.executable]);
  const python = await within(api<PythonExtension>("ms-python.python"));
  if (python?.environments) {
    const active = python.environments.getActiveEnvironmentPath(resource);
    const resolved = await within(python.environments.resolveEnvironment(active));
    const program = resolved?.executable.uri?.fsPath;
    if (program && !found.some(([, known]) => known === program)) {
      found.push([vscode.l10n.t("interpreter of the Python extension"), program]);
    }
  }
  return found;
}

/** Call back when the workspace's Python environment is another one. */
export async function onInterpreterChange(changed: () => void): Promise<vscode.Disposable> {
  const listening: vscode.Disposable[] = [];
  const environments = await api<PythonEnvironmentApi>("ms-python.vscode-python-envs");
  if (environments) listening.push(environments.onDidChangeEnvironment(changed));
  const python = await api<PythonExtension>("ms-python.python");
  if (python?.environments) listening.push(python.environments.onDidChangeActiveEnvironmentPath(changed));
  return vscode.Disposable.from(...listening);
}

/** Return what another extension answers, undefined where it fails or takes too long: the server is not kept waiting. */
async function within<T>(asked: Promise<T | undefined> | undefined): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ANSWER_WITHIN_MS);
  });
  return Promise.race([asked?.catch(() => undefined), late]).finally(() => clearTimeout(timer));
}

async function api<T>(id: string): Promise<T | undefined> {
  try {
    return await vscode.extensions.getExtension<T>(id)?.activate();
  } catch {
    return undefined; // that it does not start is its own message
  }
}

/** Return the checkout of atlas-ls that the extension is a part of. */
export function checkoutOf(extensionPath: string): string | undefined {
  const root = path.resolve(extensionPath, "../..");
  return fs.existsSync(path.join(root, "server/atlas_server")) ? root : undefined;
}

function expandHome(command: string): string {
  return command.startsWith("~/") ? path.join(process.env.HOME ?? "~", command.slice(2)) : command;
}
