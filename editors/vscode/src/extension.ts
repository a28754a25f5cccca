// Puts the parts together.

import * as vscode from "vscode";
import { Connection } from "./client";
import { Commands } from "./commands";
import { Executor } from "./executor";
import { Outcomes } from "./outcomes";
import { Previews } from "./preview";
import { Secrets } from "./secrets";
import { Managed } from "./server/managed";
import { onInterpreterChange } from "./server/places";

let connection: Connection | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("atlas-ls", { log: true });
  const secrets = new Secrets(context.secrets);
  const managed = new Managed(context.globalStorageUri.fsPath);
  connection = new Connection(context, log, managed, secrets);
  const previews = new Previews(connection);
  const outcomes = new Outcomes(connection, log);
  const executor = new Executor(connection, previews, outcomes);
  const own = connection;
  context.subscriptions.push(
    log,
    connection,
    previews,
    new Commands(connection, executor, previews).register(),
    vscode.commands.registerCommand("atlas.restart", () => own.restart()),
    vscode.commands.registerCommand("atlas.log", () => log.show()),
    vscode.commands.registerCommand("atlas.setApiKey", () => secrets.ask()),
    vscode.commands.registerCommand("atlas.removeApiKey", () => secrets.remove()),
    secrets.onChange(() => void own.restart()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("atlas.server.command")) void own.restart();
    }),
  );
  // Not awaited: the editor need not wait for the server.
  void own.start();
  void onInterpreterChange(() => {
    if (own.state === "failed" || own.server?.args.includes("-m")) void own.restart();
  }).then((listening) => context.subscriptions.push(listening));
}

export async function deactivate(): Promise<void> {
  await connection?.stop();
}
