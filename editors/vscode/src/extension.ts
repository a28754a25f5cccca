// Puts the parts together.

import * as path from "node:path";
import * as vscode from "vscode";
import { CandidateTree } from "./candidates";
import { Connection } from "./client";
import { Commands } from "./commands";
import { Executor } from "./executor";
import { tellOfPocketModel } from "./firstRun";
import { installServer } from "./install";
import { showLog } from "./log";
import { chooseModel, showMenu } from "./menu";
import { Outcomes } from "./outcomes";
import { Previews } from "./preview";
import type { CandidateEntry } from "./protocol";
import { Secrets } from "./secrets";
import { Managed } from "./server/managed";
import { onInterpreterChange, serverCommand } from "./server/places";
import { StatusItem } from "./status";

let connection: Connection | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("atlas-ls", { log: true });
  const secrets = new Secrets(context.secrets);
  const managed = new Managed(context.globalStorageUri.fsPath);
  const own = new Connection(context, log, managed, secrets);
  connection = own;
  const previews = new Previews(own);
  const outcomes = new Outcomes(own, log);
  const executor = new Executor(own, previews, outcomes);
  const candidates = new CandidateTree(own);
  const on = vscode.commands.registerCommand;
  let command = JSON.stringify(serverCommand()); // VS Code tells of changes twice where a setting is written in two places
  context.subscriptions.push(
    log,
    own,
    previews,
    candidates,
    new StatusItem(own),
    new Commands(own, executor, previews).register(),
    tellOfPocketModel(own, outcomes, context.globalState),
    on("atlas.restart", () => own.restart()),
    on("atlas.log", () => showLog(log, { focus: true })),
    on("atlas.menu", () => showMenu(own)),
    on("atlas.chooseModel", () => chooseModel()),
    on("atlas.install", () => installServer(context, own, managed, log)),
    on("atlas.candidates", () => candidates.reveal()),
    on("atlas.viewPreview", () => vscode.commands.executeCommand("atlas.preview", candidates.subject)),
    on("atlas.viewReport", () => vscode.commands.executeCommand("atlas.report", candidates.subject)),
    on("atlas.openCandidate", (entry: CandidateEntry) => candidates.open(entry)),
    on("atlas.openExamples", () => openExamples(context)),
    on("atlas.setApiKey", () => secrets.ask()),
    on("atlas.removeApiKey", () => secrets.remove()),
    secrets.onChange(() => void own.restart()),
    vscode.workspace.onDidChangeConfiguration(() => {
      const before = command;
      command = JSON.stringify(serverCommand());
      if (command !== before || secrets.isRenamed) void own.restart();
    }),
  );
  // Not awaited: the editor need not wait for the server.
  void own.start();
  void onInterpreterChange(() => void own.reconsider()).then((listening) => context.subscriptions.push(listening));
}

export async function deactivate(): Promise<void> {
  await connection?.stop();
}

/** Open a copy of the examples, not saved anywhere: they can be solved without a folder. */
async function openExamples(context: vscode.ExtensionContext): Promise<void> {
  const file = vscode.Uri.file(path.join(context.extensionPath, "media/first_light.py"));
  const content = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: "python", content }));
}
