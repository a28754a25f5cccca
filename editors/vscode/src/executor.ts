// Every command of the server goes through here, whoever asked for it: a menu, a light bulb, a lens, another extension.

import * as vscode from "vscode";
import { ExecuteCommandRequest } from "vscode-languageclient/node";
import type { Connection } from "./client";
import type { Outcomes } from "./outcomes";
import type { Previews } from "./preview";
import { request } from "./progress";
import {
  type Answer,
  COMMAND_PREFIX,
  CONNECTION_GONE,
  type CommandArguments,
  LONG_COMMANDS,
  REQUEST_CANCELLED,
} from "./protocol";
import { commandLink } from "./steps";

const HAS_BEST = new Set(["solve", "repair"].map((name) => COMMAND_PREFIX + name));

export class Executor {
  constructor(
    private readonly connection: Connection,
    private readonly previews: Previews,
    private readonly outcomes: Outcomes,
  ) {
    connection.execute = (command, args) => this.run(command, args);
  }

  /** Run one command by its last name. */
  do(name: string, args: CommandArguments): Promise<Answer | undefined> {
    return this.run(COMMAND_PREFIX + name, [args]);
  }

  /** Ask the server by a command's last name, and show nothing but what goes wrong. */
  ask(name: string, args: CommandArguments): Promise<Answer | undefined> {
    return this.send(COMMAND_PREFIX + name, args);
  }

  private async run(command: string, args: unknown[]): Promise<Answer | undefined> {
    const asked = { ...((args[0] as CommandArguments | undefined) ?? {}) };
    const name = command.slice(COMMAND_PREFIX.length);
    if (name === "preview") asked.options = { ...asked.options, view: "change" };
    const answer = await this.send(command, asked);
    if (!answer) return undefined;
    if (name === "preview" && answer.status === "shown") await this.previews.showChange(answer);
    else await this.outcomes.show(name, asked, answer);
    return answer;
  }

  private async send(command: string, args: CommandArguments): Promise<Answer | undefined> {
    const client = this.connection.client;
    if (!client || this.connection.state !== "running") {
      await this.outcomes.notRunning();
      return undefined;
    }
    const known = client.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
    if (!known.includes(command)) {
      const text = vscode.l10n.t("atlas-ls: this server does not know {0}: update it, then restart it.", command);
      void vscode.window.showErrorMessage(text);
      return undefined;
    }
    try {
      if (!LONG_COMMANDS.has(command)) {
        return (await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [args] })) as Answer;
      }
      const links = () => (HAS_BEST.has(command) ? this.links(args) : "");
      return (await request(client, command, [args], links)) as Answer;
    } catch (error) {
      const { code, message } = error as { code?: number; message?: string };
      if (code === REQUEST_CANCELLED) return { status: "cancelled" };
      const gone = code !== undefined && code >= CONNECTION_GONE.from && code <= CONNECTION_GONE.to;
      if (!gone) void vscode.window.showErrorMessage(`atlas-ls: ${message ?? error}`); // the end of the server has its own
      return undefined;
    }
  }

  private links(args: CommandArguments): string {
    const which = { uri: args.uri, qualname: args.qualname };
    return [
      commandLink(vscode.l10n.t("Use best"), "atlas.best", which),
      commandLink(vscode.l10n.t("Preview"), "atlas.preview", which),
    ].join(" · ");
  }
}
