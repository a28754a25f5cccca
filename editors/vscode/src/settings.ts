import type * as vscode from "vscode";

export { settingsToSend } from "./wire";

interface Group {
  properties?: Record<string, unknown>;
}

/** Return the names of the declared settings, without `atlas.`. */
export function settingNames(context: vscode.ExtensionContext): string[] {
  const groups = context.extension.packageJSON.contributes.configuration as Group[];
  return groups.flatMap((group) => Object.keys(group.properties ?? {}).map((name) => name.replace(/^atlas\./, "")));
}
