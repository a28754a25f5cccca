// The language status item: model, state, speed. A click opens the menu.

import * as vscode from "vscode";
import type { Connection } from "./client";
import type { EngineStatus, FunctionStatus } from "./protocol";

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.languages.createLanguageStatusItem("atlas.status", { language: "python" });
  private readonly own: vscode.Disposable[];
  private readonly running = new Map<string, FunctionStatus>();
  private engine: EngineStatus | undefined;

  constructor(private readonly connection: Connection) {
    this.item.name = "atlas-ls";
    this.item.command = {
      command: "atlas.menu",
      title: vscode.l10n.t("Menu"),
      tooltip: vscode.l10n.t("What atlas-ls can do"),
    };
    this.own = [
      this.item,
      connection.onState((state) => {
        if (state !== "running") this.running.clear();
        void vscode.commands.executeCommand("setContext", "atlas.serverRuns", state === "running");
        this.show();
      }),
      connection.onEngine((engine) => {
        this.engine = engine;
        this.show();
      }),
      connection.onStatus((status) => {
        const key = `${status.uri} ${status.qualname}`;
        if (status.state === "solving" || status.state === "queued") this.running.set(key, status);
        else this.running.delete(key);
        this.show();
      }),
    ];
    this.show();
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  private show(): void {
    const { text, detail, busy, severity } = describe(this.connection, this.engine, [...this.running.values()]);
    this.item.text = text;
    this.item.detail = detail;
    this.item.busy = busy;
    this.item.severity = severity;
  }
}

interface Description {
  text: string;
  detail: string;
  busy: boolean;
  severity: vscode.LanguageStatusSeverity;
}

function describe(connection: Connection, engine: EngineStatus | undefined, running: FunctionStatus[]): Description {
  const fine = vscode.LanguageStatusSeverity.Information;
  const model = engine?.model || vscode.l10n.t("pocket model");
  const name = engine?.bundled && engine.model ? vscode.l10n.t("{0} (for trying out)", model) : model;
  switch (connection.state) {
    case "starting":
      return { text: vscode.l10n.t("atlas-ls: starting"), detail: "", busy: true, severity: fine };
    case "failed":
    case "stopped": {
      const severity = vscode.LanguageStatusSeverity.Error;
      return { text: vscode.l10n.t("atlas-ls: no server"), detail: connection.problem, busy: false, severity };
    }
    default:
  }
  const solving = running.find((one) => one.state === "solving") ?? running[0];
  if (solving) {
    const speed = solving.tokensPerS ? vscode.l10n.t("{0} tokens/s", String(Math.round(solving.tokensPerS))) : "";
    const waiting = running.length > 1 ? vscode.l10n.t("{0} waiting", String(running.length - 1)) : "";
    const detail = [name, speed, waiting].filter(Boolean).join(", ");
    return { text: `${solving.qualname}: ${solving.text}`, detail, busy: true, severity: fine };
  }
  switch (engine?.state) {
    case "loading":
      return { text: vscode.l10n.t("atlas-ls: loading the model"), detail: model, busy: true, severity: fine };
    case "failed": {
      const severity = vscode.LanguageStatusSeverity.Warning;
      return { text: vscode.l10n.t("atlas-ls: no model"), detail: engine.message, busy: false, severity };
    }
    case "ready":
      return { text: vscode.l10n.t("atlas-ls: ready"), detail: name, busy: false, severity: fine };
    default:
      return { text: vscode.l10n.t("atlas-ls: model not loaded yet"), detail: name, busy: false, severity: fine };
  }
}
