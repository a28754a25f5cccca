// What is said when a command has ended. What is verified is in the document, so a line in the status bar is enough.

import * as vscode from "vscode";
import type { Connection } from "./client";
import { showLog } from "./log";
import type { Answer, Case, CommandArguments } from "./protocol";

const SHOWN_MS = 10_000;

export function question(one: Case): string {
  return `${one.call} == ${one.expected ?? one.actual}`;
}

export class Outcomes {
  private readonly ended = new vscode.EventEmitter<Answer>();
  /** A solve has ended with a result. */
  readonly onResult = this.ended.event;

  constructor(
    private readonly connection: Connection,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  async show(name: string, asked: CommandArguments, answer: Answer): Promise<void> {
    if (answer.level) this.ended.fire(answer);
    const which: CommandArguments = { uri: asked.uri, qualname: answer.function ?? asked.qualname };
    switch (answer.status) {
      case "verified":
        vscode.window.setStatusBarMessage(`$(pass) ${answer.function}: ${answer.level}`, SHOWN_MS);
        break;
      case "weak":
        void this.askAbout(which, answer);
        break;
      case "unverified":
        void this.notVerified(which, answer);
        break;
      case "checked":
        if (answer.message) vscode.window.setStatusBarMessage(`$(search) ${answer.message}`, SHOWN_MS);
        break;
      case "written":
        if (answer.uri && this.connection.client) {
          const uri = this.connection.client.protocol2CodeConverter.asUri(answer.uri);
          await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
        }
        break;
      case "idle":
        void vscode.window.setStatusBarMessage(
          name === "reject"
            ? vscode.l10n.t("atlas-ls: there is no result to reject")
            : vscode.l10n.t("atlas-ls: nothing runs for this file"),
          SHOWN_MS,
        );
        break;
      default: // the server has shown what is to be said
    }
  }

  /** Say that there is no server, and why. */
  async notRunning(): Promise<void> {
    const { state, problem } = this.connection;
    if (state === "starting") {
      void vscode.window.setStatusBarMessage(vscode.l10n.t("atlas-ls: the server is starting"), SHOWN_MS);
      return;
    }
    const restart = vscode.l10n.t("Restart Server");
    const show = vscode.l10n.t("Show Log");
    const text = problem
      ? vscode.l10n.t("atlas-ls: the server does not run: {0}", problem)
      : vscode.l10n.t("atlas-ls: the server does not run.");
    const chosen = await vscode.window.showErrorMessage(text, restart, show);
    if (chosen === restart) await this.connection.restart();
    if (chosen === show) void showLog(this.log);
  }

  /** A result that nothing confirms: ask about the first case it rests on. */
  private async askAbout(which: CommandArguments, answer: Answer): Promise<void> {
    const first = answer.cases_to_confirm?.[0];
    const right = vscode.l10n.t("Right");
    const wrong = vscode.l10n.t("Wrong");
    const preview = vscode.l10n.t("Preview");
    const said = `${answer.function}: ${answer.message}`;
    const text = first ? vscode.l10n.t("{0}. Is this right?  {1}", said, question(first)) : said;
    const chosen = await vscode.window.showInformationMessage(text, ...(first ? [right, wrong, preview] : [preview]));
    if (chosen === preview) await vscode.commands.executeCommand("atlas.preview", which);
    if (chosen === right || chosen === wrong) {
      await vscode.commands.executeCommand("atlas.answer", which, first, chosen === right);
    }
  }

  private async notVerified(which: CommandArguments, answer: Answer): Promise<void> {
    const report = vscode.l10n.t("Show Report");
    const full = vscode.l10n.t("Try Harder");
    const chosen = await vscode.window.showInformationMessage(`${answer.function}: ${answer.message}`, report, full);
    if (chosen === report) await vscode.commands.executeCommand("atlas.report", which);
    if (chosen === full) await vscode.commands.executeCommand("atlas.solveFull", which);
  }
}
