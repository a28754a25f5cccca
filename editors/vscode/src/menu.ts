// The menu behind the status item, and the choice of a model.

import * as vscode from "vscode";
import type { Connection } from "./client";

interface Entry extends vscode.QuickPickItem {
  command?: string;
}

export async function showMenu(connection: Connection): Promise<void> {
  const entry = (icon: string, label: string, command: string, description = ""): Entry => ({
    label: `$(${icon}) ${label}`,
    description,
    command,
  });
  const line = (label: string): Entry => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const runs = connection.state === "running";
  const server = connection.server;
  const entries: Entry[] = [
    ...(runs
      ? [
          line(vscode.l10n.t("Function at the cursor")),
          entry("beaker", vscode.l10n.t("Solve"), "atlas.solve"),
          entry("search", vscode.l10n.t("Check"), "atlas.check"),
          entry("checklist", vscode.l10n.t("Write tests"), "atlas.tests"),
          entry("book", vscode.l10n.t("Show report"), "atlas.report"),
          line(vscode.l10n.t("What runs")),
          entry("debug-step-over", vscode.l10n.t("Stop and use the best"), "atlas.best"),
          entry("stop-circle", vscode.l10n.t("Cancel"), "atlas.cancel"),
        ]
      : []),
    line("atlas-ls"),
    entry("chip", vscode.l10n.t("Choose a model…"), "atlas.chooseModel"),
    entry("list-tree", vscode.l10n.t("Show candidates"), "atlas.candidates"),
    entry(
      "refresh",
      vscode.l10n.t("Restart server"),
      "atlas.restart",
      server ? `${server.version}, ${server.origin}` : "",
    ),
    entry("output", vscode.l10n.t("Show log"), "atlas.log"),
    entry("settings-gear", vscode.l10n.t("Settings"), "atlas.settings"),
    entry("cloud-download", vscode.l10n.t("Install the server…"), "atlas.install"),
  ];
  const title = connection.problem ? `atlas-ls: ${connection.problem}` : "atlas-ls";
  const chosen = await vscode.window.showQuickPick(entries, { title });
  if (chosen?.command === "atlas.settings") {
    await vscode.commands.executeCommand("workbench.action.openSettings", "@ext:atlas-ls.atlas-ls");
  } else if (chosen?.command) await vscode.commands.executeCommand(chosen.command);
}

/** Ask which model to use, and set it for this machine. */
export async function chooseModel(): Promise<void> {
  const configuration = vscode.workspace.getConfiguration("atlas");
  const file = vscode.l10n.t("GGUF file…");
  const server = vscode.l10n.t("OpenAI-compatible server…");
  const pocket = vscode.l10n.t("Pocket model");
  const chosen = await vscode.window.showQuickPick(
    [
      { label: file, detail: vscode.l10n.t("A model on this machine that has a chat template, loaded by llama.cpp.") },
      {
        label: server,
        detail: vscode.l10n.t(
          "llama-server, Ollama, LM Studio or vLLM; you are asked before code goes to another machine.",
        ),
      },
      { label: pocket, detail: vscode.l10n.t("Comes with the server; for trying things out, no help with real work.") },
    ],
    { title: vscode.l10n.t("Which model?") },
  );
  const set = async (model: string | undefined, url: string | undefined) => {
    await configuration.update("engine.model", model, vscode.ConfigurationTarget.Global);
    await configuration.update("engine.url", url, vscode.ConfigurationTarget.Global);
  };
  if (chosen?.label === pocket) await set(undefined, undefined);
  if (chosen?.label === file) {
    const filters = { GGUF: ["gguf"] };
    const [picked] = (await vscode.window.showOpenDialog({ canSelectMany: false, filters, title: file })) ?? [];
    if (picked) await set(picked.fsPath, undefined);
  }
  if (chosen?.label === server) {
    const url = await vscode.window.showInputBox({
      title: server,
      value: configuration.get<string>("engine.url") || "http://127.0.0.1:8080/v1",
      validateInput: (text) =>
        /^(https?:\/\/|unix:)/.test(text) ? undefined : vscode.l10n.t("It begins with http://, https:// or unix:"),
    });
    if (url) await set(undefined, url);
  }
}
