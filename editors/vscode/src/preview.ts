// A solution as a diff against the document, with Accept and Reject; reports as rendered Markdown.

import * as vscode from "vscode";
import type { Connection } from "./client";
import type { Answer, Case, CommandArguments, FunctionStatus } from "./protocol";

const SCHEME = "atlas-report";

interface Shown {
  uri: string;
  qualname: string;
  cases: Case[];
}

export class Previews implements vscode.Disposable {
  private readonly shown = new Map<string, Shown>();
  private readonly listening: vscode.Disposable[];

  constructor(private readonly connection: Connection) {
    connection.showPage = (uri) => this.showPage(uri);
    this.listening = [
      connection.onStatus((status) => this.onStatus(status)),
      vscode.window.tabGroups.onDidChangeTabs((event) => {
        for (const tab of event.closed) {
          const uri = changeOf(tab)?.toString();
          // It may be open in another group, or have been moved to one.
          if (uri && !allTabs().some((other) => changeOf(other)?.toString() === uri)) this.shown.delete(uri);
        }
      }),
      vscode.window.onDidChangeActiveTextEditor(() => this.tellContext()),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.listening).dispose();
  }

  /** Show the change that a `preview` with `view: "change"` answered with. */
  async showChange(answer: Answer): Promise<void> {
    const client = this.connection.client;
    if (!client || !answer.uri || !answer.document) return;
    const before = client.protocol2CodeConverter.asUri(answer.document);
    const after = client.protocol2CodeConverter.asUri(answer.uri);
    const qualname = answer.function ?? "";
    this.shown.set(after.toString(), { uri: answer.document, qualname, cases: answer.cases_to_confirm ?? [] });
    const title = answer.level
      ? vscode.l10n.t("{0}: {1} solution", qualname, answer.level)
      : vscode.l10n.t("{0}: best so far", qualname);
    await vscode.commands.executeCommand("vscode.diff", before, after, title, { preview: true });
    this.tellContext();
  }

  /** Show a page that the server names. */
  private async showPage(uri: vscode.Uri): Promise<boolean> {
    if (uri.scheme !== SCHEME) return false;
    if (uri.path.startsWith("/report/") || uri.path.startsWith("/preview/")) {
      await vscode.commands.executeCommand("markdown.showPreviewToSide", uri);
      return true;
    }
    return false;
  }

  /** Return which function's change is in the active editor. */
  active(): CommandArguments | undefined {
    const found = this.activeShown();
    return found && { uri: found.uri, qualname: found.qualname };
  }

  activeCases(): Case[] {
    return this.activeShown()?.cases ?? [];
  }

  /** Close the diffs of a function. */
  async close(uri: string, qualname: string): Promise<void> {
    const own = allTabs().filter((tab) => {
      const known = this.shown.get(changeOf(tab)?.toString() ?? "");
      return known?.uri === uri && known.qualname === qualname;
    });
    if (own.length) await vscode.window.tabGroups.close(own);
  }

  private activeShown(): Shown | undefined {
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    return tab && this.shown.get(changeOf(tab)?.toString() ?? "");
  }

  private onStatus(status: FunctionStatus): void {
    if (status.state === "none") void this.close(status.uri, status.qualname);
  }

  private tellContext(): void {
    void vscode.commands.executeCommand("setContext", "atlas.changeHasCases", this.activeCases().length > 0);
  }
}

function allTabs(): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs);
}

function changeOf(tab: vscode.Tab): vscode.Uri | undefined {
  const input = tab.input;
  return input instanceof vscode.TabInputTextDiff && input.modified.scheme === SCHEME ? input.modified : undefined;
}
