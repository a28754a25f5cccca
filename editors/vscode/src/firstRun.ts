// What is said once: the model that comes with the server is there to try things out.

import * as vscode from "vscode";
import type { Connection } from "./client";
import type { Outcomes } from "./outcomes";

const TOLD = "atlas.toldOfPocketModel";

export function tellOfPocketModel(
  connection: Connection,
  outcomes: Outcomes,
  remembered: vscode.Memento,
): vscode.Disposable {
  let bundled = false;
  return vscode.Disposable.from(
    connection.onEngine((engine) => {
      bundled = engine.bundled;
    }),
    outcomes.onResult(async () => {
      void vscode.commands.executeCommand("setContext", "atlas.solvedOne", true);
      if (!bundled || remembered.get(TOLD)) return;
      await remembered.update(TOLD, true);
      const choose = vscode.l10n.t("Choose a Model…");
      const text = vscode.l10n.t(
        "atlas-ls works. This was its pocket model, which is for trying things out and knows very little; a real model does real work.",
      );
      const chosen = await vscode.window.showInformationMessage(text, choose);
      if (chosen === choose) await vscode.commands.executeCommand("atlas.chooseModel");
    }),
  );
}
