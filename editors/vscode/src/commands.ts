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
}

const COMMANDS: Record<string, Command> = {
  solve: { server: "solve" },
  solveFull: { server: "solve", options: { route: "full" } },
  repair: { server: "repair" },
  check: { server: "check" },
  tests: { server: "tests" },
  cancel: { server: "cancel", whole: true },
  best: { server: "best", whole: true },
  preview: { server: "preview" },
  accept: { server: "apply" },
  reject: { server: "reject" },
  examples: { server: "examples" },
  report: { server: "explain" },
};

export class Commands {
  constructor(
    private readonly connection: Connection,
    private readonly executor: Executor,
    private readonly previews: Previews,
  ) {}

  register(): vscode.Disposable {
    const own: Record<string, (named?: unknown) => Promise<unknown>> = {
      confirm: (named) => this.confirm(this.which(named)),
      acceptShown: () => this.ofShown("apply"),
      rejectShown: () => this.ofShown("reject"),
      confirmShown: () => this.confirm(this.previews.active(), this.previews.activeCases()),
      reportShown: () => this.ofShown("explain"),
    };
    for (const [name, command] of Object.entries(COMMANDS)) own[name] = (named) => this.run(command, named);
    return vscode.Disposable.from(
      ...Object.entries(own).map(([name, does]) => vscode.commands.registerCommand(`atlas.${name}`, does)),
    );
  }

  private async run(command: Command, named: unknown): Promise<Answer | undefined> {
    const which = this.which(named, command.whole);
    if (!which) return undefined;
    return this.executor.do(command.server, command.options ? { ...which, options: command.options } : which);
  }

  /** Do something with the function whose change is shown, and close the diff. */
  private async ofShown(server: string): Promise<Answer | undefined> {
    const which = this.previews.active();
    if (!which) return undefined;
    const answer = await this.executor.do(server, which);
    if (answer && ["applied", "rejected", "verified"].includes(answer.status)) {
      await this.previews.close(which.uri ?? "", which.qualname ?? "");
    }
    return answer;
  }

  /** Ask which of the cases a weak result rests on is right, or wrong; the server judges the result again. */
  private async confirm(which: CommandArguments | undefined, known?: Case[]): Promise<Answer | undefined> {
    if (!which) return undefined;
    const cases = known ?? (await this.casesOf(which));
    if (!cases.length) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t("atlas-ls: there is no case to confirm here: solve the function first."),
      );
      return undefined;
    }
    const items = cases.flatMap((one, index) => [
      { label: `$(check) ${question(one)}`, description: vscode.l10n.t("is right"), index, right: true },
      { label: `$(close) ${question(one)}`, description: vscode.l10n.t("is wrong"), index, right: false },
    ]);
    const chosen = await vscode.window.showQuickPick(items, {
      title: vscode.l10n.t("{0}: is this right?", which.qualname ?? ""),
      placeHolder: vscode.l10n.t("A right case becomes an example; a wrong one rules out what does that."),
    });
    if (!chosen) return undefined;
    const answer = await this.executor.do("confirm", {
      ...which,
      options: { case: chosen.index, right: chosen.right },
    });
    if (answer?.status === "verified" && answer.applied)
      await this.previews.close(which.uri ?? "", answer.function ?? "");
    return answer;
  }

  /** The cases are those of the kept result, which its change names. */
  private async casesOf(which: CommandArguments): Promise<Case[]> {
    const client = this.connection.client;
    const argument = { ...which, options: { view: "change" } };
    const params = { command: "atlas.server.preview", arguments: [argument] };
    const answer = await client?.sendRequest<Answer>("workspace/executeCommand", params);
    if (answer?.function) which.qualname = answer.function;
    return answer?.cases_to_confirm ?? [];
  }

  /** Return which function is meant: the one that is named, the one whose change is shown, the one at the cursor. */
  private which(named: unknown, whole = false): CommandArguments | undefined {
    const given = named as CommandArguments | undefined;
    if (typeof given?.uri === "string") return pick(given);
    const shown = this.previews.active();
    if (shown) return whole ? { uri: shown.uri } : shown;
    const client = this.connection.client;
    const editor = vscode.window.activeTextEditor;
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
