// The tree of candidates: what a solve has tried, what each did, which one was chosen. The server makes it; this shows it.

import * as vscode from "vscode";
import type { Connection } from "./client";
import type { CandidateCase, CandidateEntry, Candidates, CommandArguments } from "./protocol";

export const VIEW = "atlas.candidates";
const SCHEME = "atlas-candidate";
const PAUSE_MS = 100;

type Node =
  | { kind: "candidate"; entry: CandidateEntry }
  | { kind: "case"; one: CandidateCase }
  | { kind: "group"; label: string; items: string[]; icon: string }
  | { kind: "text"; label: string; icon: string };

export class CandidateTree
  implements vscode.TreeDataProvider<Node>, vscode.TextDocumentContentProvider, vscode.Disposable
{
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  private readonly textChanged = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly onDidChange = this.textChanged.event;
  private readonly view: vscode.TreeView<Node>;
  private readonly own: vscode.Disposable[];
  private shown: Candidates | undefined;
  private which: CommandArguments | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly connection: Connection) {
    this.view = vscode.window.createTreeView(VIEW, { treeDataProvider: this, showCollapseAll: true });
    this.own = [
      this.view,
      this.changed,
      this.textChanged,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      connection.onCandidates(({ uri, qualname }) => this.follow({ uri, qualname })),
      connection.onStatus((status) => {
        if (this.which?.uri === status.uri && this.which.qualname === status.qualname) this.follow(this.which);
      }),
      connection.onState((state) => {
        if (state !== "running") this.show(undefined);
      }),
    ];
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.own).dispose();
  }

  /** Which function the view is about. */
  get subject(): CommandArguments | undefined {
    return this.which;
  }

  async reveal(): Promise<void> {
    if (this.shown) await vscode.commands.executeCommand(`${VIEW}.focus`);
    else {
      const text = vscode.l10n.t("atlas-ls: there are no candidates yet: solve a function first.");
      void vscode.window.showInformationMessage(text);
    }
  }

  /** Open a candidate's code. */
  async open(entry: CandidateEntry): Promise<void> {
    const title = `${this.shown?.qualname ?? ""} ${entry.text}`.replace(/[\\/]/g, "-");
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title}.py`, query: String(entry.index) });
    this.textChanged.fire(uri);
    await vscode.window.showTextDocument(uri, {
      preview: true,
      viewColumn: vscode.ViewColumn.Beside,
      preserveFocus: true,
    });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const entry = this.shown?.candidates.find((one) => one.index === Number(uri.query));
    return entry ? `${entry.code}\n` : "";
  }

  getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case "candidate":
        return candidateItem(node.entry);
      case "case":
        return caseItem(node.one);
      case "group": {
        const item = new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.Collapsed);
        item.iconPath = new vscode.ThemeIcon(node.icon);
        item.description = String(node.items.length);
        return item;
      }
      case "text": {
        const item = new vscode.TreeItem(node.label);
        item.iconPath = new vscode.ThemeIcon(node.icon);
        item.tooltip = node.label;
        return item;
      }
    }
  }

  getChildren(node?: Node): Node[] {
    if (!node) return this.shown ? roots(this.shown) : [];
    if (node.kind === "candidate") return node.entry.cases.map((one) => ({ kind: "case", one }));
    if (node.kind === "group") return node.items.map((label) => ({ kind: "text", label, icon: node.icon }));
    return [];
  }

  private follow(which: CommandArguments): void {
    this.which = which;
    // A solve says so many times a second that there is more.
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.ask();
    }, PAUSE_MS);
  }

  private async ask(): Promise<void> {
    const client = this.connection.client;
    if (!client || this.connection.state !== "running") return;
    const params = { command: "atlas.server.candidates", arguments: [this.which] };
    const answer = await client.sendRequest<Candidates>("workspace/executeCommand", params).catch(() => undefined);
    this.show(answer?.candidates ? answer : undefined);
  }

  private show(candidates: Candidates | undefined): void {
    this.shown = candidates;
    this.view.description = candidates ? `${candidates.qualname}: ${candidates.text}` : undefined;
    void vscode.commands.executeCommand("setContext", "atlas.hasCandidates", candidates !== undefined);
    this.changed.fire(undefined);
  }
}

function roots(shown: Candidates): Node[] {
  const best = shown.candidates.filter((entry) => entry.chosen);
  const others = shown.candidates.filter((entry) => !entry.chosen);
  const nodes: Node[] = [...best, ...others].map((entry) => ({ kind: "candidate", entry }));
  const groups: [string, string[], string][] = [
    [vscode.l10n.t("Self-written tests"), shown.tests, "beaker"],
    [vscode.l10n.t("Texts without a usable body"), shown.rejected, "circle-slash"],
  ];
  for (const [label, items, icon] of groups) if (items.length) nodes.push({ kind: "group", label, items, icon });
  return nodes;
}

function candidateItem(entry: CandidateEntry): vscode.TreeItem {
  const some = entry.cases.length > 0;
  const state = !some
    ? vscode.TreeItemCollapsibleState.None
    : entry.chosen
      ? vscode.TreeItemCollapsibleState.Expanded
      : vscode.TreeItemCollapsibleState.Collapsed;
  const item = new vscode.TreeItem(entry.text, state);
  item.id = `${entry.index}${entry.chosen}${some}`;
  item.description = entry.standing;
  item.tooltip = new vscode.MarkdownString().appendCodeblock(entry.code, "python");
  item.iconPath = entry.chosen
    ? new vscode.ThemeIcon("star-full", new vscode.ThemeColor("charts.yellow"))
    : new vscode.ThemeIcon(entry.origin === "repair" ? "wrench" : "code");
  item.command = { command: "atlas.openCandidate", title: "", arguments: [entry] };
  item.accessibilityInformation = {
    label: `${entry.text}, ${entry.standing}${entry.chosen ? `, ${vscode.l10n.t("chosen")}` : ""}`,
  };
  return item;
}

const CASE_ICONS: Record<string, [string, string]> = {
  pass: ["pass", "testing.iconPassed"],
  fail: ["error", "testing.iconFailed"],
  error: ["error", "testing.iconFailed"],
  timeout: ["watch", "testing.iconFailed"],
  memory: ["error", "testing.iconFailed"],
  doubted: ["question", "testing.iconSkipped"],
};

function caseItem(one: CandidateCase): vscode.TreeItem {
  const item = new vscode.TreeItem(one.text);
  const [icon, color] = CASE_ICONS[one.status] ?? ["circle-outline", "testing.iconUnset"];
  item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
  item.description = one.provenance;
  item.tooltip = `${one.status}: ${one.text}`;
  return item;
}
