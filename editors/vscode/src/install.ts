// `Atlas: Install the Server…`: asks for what is missing, shows how it goes, and starts what was installed.

import * as vscode from "vscode";
import type { Connection } from "./client";
import { showLog } from "./log";
import { InstallCancelled, type Managed } from "./server/managed";
import { checkoutOf, interpreters } from "./server/places";

let installing = false;

const PYTHONS = ["python3.13", "python3.12", "python3.11", "python3", "python"];

/** Return whether it was installed at this try; what went wrong is told, with another one offered. */
export async function installServer(
  context: vscode.ExtensionContext,
  connection: Connection,
  managed: Managed,
  log: vscode.LogOutputChannel,
): Promise<boolean> {
  if (installing) {
    void vscode.window.showInformationMessage(vscode.l10n.t("atlas-ls: the server is being installed already."));
    return false;
  }
  installing = true;
  try {
    if (!(await install(context, managed, log))) return false;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.error(`not installed: ${why}`);
    if (!(error instanceof InstallCancelled)) void offerRetry(context, connection, managed, log, why);
    return false;
  } finally {
    installing = false;
  }
  await connection.restart();
  return true;
}

/** Return false where the user chose nothing to install. */
async function install(
  context: vscode.ExtensionContext,
  managed: Managed,
  log: vscode.LogOutputChannel,
): Promise<boolean> {
  const source = await chooseSource(context.extensionPath);
  if (!source) return false;
  const pythons = [...(await interpreters()).map(([, python]) => python), ...PYTHONS];
  const steps: Record<string, string> = {
    venv: vscode.l10n.t("making an environment"),
    pip: vscode.l10n.t("installing; llama.cpp may be compiled, which takes some minutes"),
    try: vscode.l10n.t("trying it"),
  };
  const title = vscode.l10n.t("Installing the server of atlas-ls");
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, cancellable: true, title },
    async (progress, token) => {
      const stop = new AbortController();
      token.onCancellationRequested(() => stop.abort());
      log.info(`installing ${source}`);
      await managed.install({
        source,
        pythons,
        signal: stop.signal,
        onStep: (step) => progress.report({ message: steps[step] ?? step }),
        onLine: (line) => log.info(line),
      });
    },
  );
  return true;
}

async function offerRetry(
  context: vscode.ExtensionContext,
  connection: Connection,
  managed: Managed,
  log: vscode.LogOutputChannel,
  why: string,
): Promise<void> {
  const retry = vscode.l10n.t("Retry");
  const show = vscode.l10n.t("Show Log");
  const text = vscode.l10n.t("atlas-ls: the server was not installed: {0}", why);
  const chosen = await vscode.window.showErrorMessage(text, retry, show);
  if (chosen === show) void showLog(log);
  if (chosen === retry) await installServer(context, connection, managed, log);
}

/** Return what pip is given: what the setting says, the checkout this extension lies in, or what the user chooses. */
async function chooseSource(extensionPath: string): Promise<string | undefined> {
  const set = vscode.workspace.getConfiguration("atlas").get<string>("server.package", "");
  const source = set || checkoutOf(extensionPath);
  if (source) return source;
  const folder = vscode.l10n.t("Folder of a checkout…");
  const wheel = vscode.l10n.t("Wheel…");
  const title = vscode.l10n.t("Install the server from where?");
  const placeHolder = vscode.l10n.t("It goes into an environment of its own, which this extension keeps.");
  const chosen = await vscode.window.showQuickPick([folder, wheel], { title, placeHolder });
  if (!chosen) return undefined;
  const [picked] =
    (await vscode.window.showOpenDialog({
      title,
      canSelectFolders: chosen === folder,
      canSelectFiles: chosen === wheel,
      canSelectMany: false,
      ...(chosen === wheel ? { filters: { Wheel: ["whl"] } } : {}),
    })) ?? [];
  return picked?.fsPath;
}
