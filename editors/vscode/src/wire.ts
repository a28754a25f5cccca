// Settings as the server takes them: only its own sections, and only what the user set.

import { SECTIONS } from "./protocol";

/** What the editor knows of one setting. */
export interface Inspected {
  defaultValue?: unknown;
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

export type Inspect = (name: string) => Inspected | undefined;

type Sections = Record<string, Record<string, unknown>>;

/**
 * Return the settings to send.
 *
 * @param names - the settings that the extension declares, without `atlas.`: `solve.samples`.
 * @param inspect - looks one of them up.
 * @param advanced - `atlas.advanced`: everything else, section by section; what is declared goes before it.
 */
export function settingsToSend(names: readonly string[], inspect: Inspect, advanced: unknown): Sections {
  const sent: Sections = {};
  if (isObject(advanced)) {
    for (const [section, values] of Object.entries(advanced)) {
      // What is wrong is sent as well: the server says what is wrong with it.
      sent[section] = isObject(values) ? { ...values } : (values as Record<string, unknown>);
    }
  }
  for (const name of names) {
    const dot = name.indexOf(".");
    const section = name.slice(0, dot);
    if (!(SECTIONS as readonly string[]).includes(section)) continue;
    const found = inspect(name);
    const value = found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
    if (value === undefined) continue;
    const values = isObject(sent[section]) ? sent[section] : {};
    values[name.slice(dot + 1)] = value;
    sent[section] = values;
  }
  return sent;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
