// The commands that users see. Most are one command of the server, on the function at the cursor or on one that is named.

import * as vscode from "vscode";
import type { Connection } from "./client";
import type { Executor } from "./executor";
import { question } from "./outcomes";
import type { Previews } from "./preview";
import type { Answer, Case, CommandArguments, CommandOptions } from "./protocol";

interface Command {
  server: string;
  options?: CommandOptions;
  /** About what runs in the document, wherever the cursor is. */
  whole?: boolean;
  /** About a result, so about the function whose change is shown where one is. */
  result?: boolean;
}

const COMMANDS: Record<string, Command> = {
  solve: { server: "solve" },
  solveFull: { server: "solve", options: { route: "full" } },
  repair: { server: "repair" },
  check: { server: "check" },
  tests: { server: "tests" },
  cancel: { server: "cancel", whole: true },
  best: { server: "best", whole: true },
  preview: { server: "preview", result: true },
  accept: { server: "apply", result: true },
  reject: { server: "reject", result: true },
  examples: { server: "examples", result: true },
  report: { server: "explain", result: true },
};

export class Commands {
  constructor(
    private readonly connection: Connection,
    private readonly executor: Executor,
    private readonly previews: Previews,
  ) {}

  register(): vscode.Disposable {
    const own: Record<string, (named?: unknown) => Promise<unknown>> = {
      confirm: (named) => this.confirm(this.which(named, { result: true })),
      acceptShown: () => this.ofShown("apply"),
      rejectShown: () => this.ofShown("reject"),
      confirmShown: () => this.confirm(this.shown()),
      reportShown: () => this.ofShown("explain"),
    };
    for (const [name, command] of Object.entries(COMMANDS)) own[name] = (named) => this.run(command, named);
    return vscode.Disposable.from(
      vscode.commands.registerCommand("atlas.answer", (which: CommandArguments, one: Case, right: boolean) =>
        this.answer(which, one, right),
      ),
      ...Object.entries(own).map(([name, does]) => vscode.commands.registerCommand(`atlas.${name}`, does)),
    );
  }

  private async run(command: Command, named: unknown): Promise<Answer | undefined> {
    const which = this.which(named, command);
    if (!which) return undefined;
    return this.executor.do(command.server, command.options ? { ...which, options: command.options } : which);
  }

  /** Do something with the function whose change is shown, and close the diff. */
  private async ofShown(server: string): Promise<Answer | undefined> {
    const which = this.shown();
    if (!which) return undefined;
    const answer = await this.executor.do(server, which);
    if (answer && ["applied", "rejected", "verified"].includes(answer.status)) {
      await this.previews.close(which.uri ?? "", which.qualname ?? "");
    }
    return answer;
  }

  /** Ask which of the cases a weak result rests on is right, or wrong; the server judges the result again. */
  private async confirm(which: CommandArguments | undefined): Promise<Answer | undefined> {
    if (!which) return undefined;
    const cases = await this.casesOf(which);
    if (!cases) return undefined;
    if (!cases.length) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t("atlas-ls: there is no case to confirm here: solve the function first."),
      );
      return undefined;
    }
    const items = cases.flatMap((one) => [
      { label: `$(check) ${question(one)}`, description: vscode.l10n.t("is right"), one, right: true },
      { label: `$(close) ${question(one)}`, description: vscode.l10n.t("is wrong"), one, right: false },
    ]);
    const chosen = await vscode.window.showQuickPick(items, {
      title: vscode.l10n.t("{0}: is this right?", which.qualname ?? ""),
      placeHolder: vscode.l10n.t("A right case becomes an example; a wrong one rules out what does that."),
    });
    return chosen && this.answer(which, chosen.one, chosen.right);
  }

  /** Say of a case whether it is right. It is named, as the question may be older than the result: then the server refuses. */
  private async answer(which: CommandArguments, one: Case, right: boolean): Promise<Answer | undefined> {
    const answer = await this.executor.do("confirm", { ...which, options: { asked: question(one), right } });
    if (answer?.status === "verified" && answer.applied)
      await this.previews.close(which.uri ?? "", answer.function ?? "");
    return answer;
  }

  /** The cases are those of the kept result, which its change names; undefined where there is none, which is told. */
  private async casesOf(which: CommandArguments): Promise<Case[] | undefined> {
    const answer = await this.executor.ask("preview", { ...which, options: { view: "change" } });
    if (answer?.status !== "shown") return undefined;
    if (answer.function) which.qualname = answer.function;
    return answer.cases_to_confirm ?? [];
  }

  /** Return the function whose change is shown. */
  private shown(): CommandArguments | undefined {
    const shown = this.previews.active();
    if (!shown) {
      const text = vscode.l10n.t(
        "atlas-ls: this change is not known any more: close it, and preview the solution again.",
      );
      void vscode.window.showInformationMessage(text);
    }
    return shown;
  }

  /** Return which function is meant: the one that is named, the one whose change is shown, the one at the cursor. */
  private which(named: unknown, { whole = false, result = false } = {}): CommandArguments | undefined {
    const given = named as CommandArguments | undefined;
    if (typeof given?.uri === "string") return pick(given);
    const client = this.connection.client;
    const editor = vscode.window.activeTextEditor;
    const shown = this.previews.active();
    // A diff has the document itself on its left, with a cursor of its own.
    const inDocument = client && editor && client.code2ProtocolConverter.asUri(editor.document.uri) === shown?.uri;
    if (shown && (result || !inDocument)) return whole ? { uri: shown.uri } : shown;
    if (!client || !editor || editor.document.languageId !== "python") {
      if (whole) return {};
      if (client)
        void vscode.window.showInformationMessage(
          vscode.l10n.t("atlas-ls: put the cursor into a function of a Python file."),
        );
      else void this.executor.do("solve", {}); // says that there is no server
      return undefined;
    }
    const uri = client.code2ProtocolConverter.asUri(editor.document.uri);
    if (whole) return { uri };
    const { line, character } = editor.selection.active;
    return { uri, position: { line, character }, version: editor.document.version };
  }
}

function pick({ uri, qualname }: CommandArguments): CommandArguments {
  return qualname ? { uri, qualname } : { uri };
}
