// What is shown while a command runs: a notification with Cancel, and links to look and to stop.

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import {
  ExecuteCommandRequest,
  type LanguageClient,
  WorkDoneProgress,
  type WorkDoneProgressBegin,
  type WorkDoneProgressReport,
} from "vscode-languageclient/node";
import { Steps } from "./steps";

/**
 * Have the server run a command. The client library passes no token for commands, so neither cancelling nor progress would
 * reach it: hence our own request, with both.
 */
export async function request(
  client: LanguageClient,
  command: string,
  args: unknown[],
  links: (title: string) => string,
): Promise<unknown> {
  const workDoneToken = `atlas-vscode-${randomUUID()}`;
  const cancelling = new vscode.CancellationTokenSource();
  let ended = () => {};
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const listening = client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
    if (value.kind === "begin") show(value);
    else if (value.kind === "report") report(value);
    else ended();
  });
  const steps = new Steps();
  let report = (_value: WorkDoneProgressReport): void => {};

  function show(begin: WorkDoneProgressBegin): void {
    const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: begin.title };
    void vscode.window.withProgress(options, (progress, token) => {
      token.onCancellationRequested(() => cancelling.cancel());
      const tail = links(begin.title);
      report = (value) => progress.report(steps.next(value, tail));
      report({ kind: "report", message: begin.message, percentage: begin.percentage });
      return end;
    });
  }

  try {
    return await client.sendRequest(
      ExecuteCommandRequest.type,
      { command, arguments: args, workDoneToken },
      cancelling.token,
    );
  } finally {
    ended();
    listening.dispose();
    cancelling.dispose();
  }
}
