// The log in the panel of outputs.

import * as vscode from "vscode";

/** What the command of its channel is called: `workbench.action.output.show.<extension>.<file>`. */
const CHANNEL = /^workbench\.action\.output\.show\..*\batlas-ls\b/;
const REGISTERED_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 200;

/** Show the log, also while VS Code starts: the channels of logs are registered late, and `show` does nothing before. */
export async function showLog(log: vscode.LogOutputChannel, { focus = false } = {}): Promise<void> {
  const registered = async () => (await vscode.commands.getCommands()).some((name) => CHANNEL.test(name));
  const early = !(await registered());
  log.show(!focus); // in any case: the names of those commands are documented nowhere
  for (let waited = 0; early && waited < REGISTERED_WITHIN_MS; waited += LOOK_EVERY_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    if (await registered()) return log.show(true); // the user is somewhere else by now
  }
}
