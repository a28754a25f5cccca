// Which program is the server? The first place that has one; every place that has none says why.

import { l10n } from "vscode";

/** A program that may be the server. */
export interface Place {
  /** Where it was named, for people. */
  origin: string;
  command: string;
  args: string[];
  /** Whether the user named it: then nothing else is tried in its stead. */
  decided?: boolean;
}

export interface Server extends Place {
  version: string;
}

export interface Tried extends Place {
  reason: string;
}

export interface Ran {
  /** undefined: it could not be started, `error` says why. */
  code: number | null | undefined;
  stdout: string;
  stderr: string;
  error?: string;
}

export type Run = (command: string, args: string[]) => Promise<Ran>;

export interface Found {
  server?: Server;
  tried: Tried[];
}

/** Whether two are one program, whoever named it. */
export function isSame(one: Place, other: Place): boolean {
  return one.command === other.command && one.args.join("\0") === other.args.join("\0");
}

/** Ask the places, in their order, what version they are. */
export async function findServer(places: AsyncIterable<Place> | Iterable<Place>, run: Run): Promise<Found> {
  const tried: Tried[] = [];
  for await (const place of places) {
    const ran = await run(place.command, [...place.args, "--version"]);
    const version = /^atlas-ls (\S+)/m.exec(ran.stdout)?.[1];
    if (ran.code === 0 && version !== undefined) return { server: { ...place, version }, tried };
    tried.push({ ...place, reason: reasonOf(ran) });
    if (place.decided) break;
  }
  return { tried };
}

/** Say in a few words why a program is not the server. */
export function reasonOf(ran: Ran): string {
  if (ran.code === undefined) return ran.error ?? l10n.t("it cannot be started");
  if (/No module named '?atlas_server/.test(ran.stderr)) return l10n.t("atlas-ls is not installed there");
  if (/^Unknown option: -P/m.test(ran.stderr)) return l10n.t("its Python is older than 3.11");
  const lines = ran.stderr.trim().split("\n");
  const last = lines[lines.length - 1] ?? "";
  if (ran.code === 0) {
    const said = ran.stdout.trim().slice(0, 80);
    return said
      ? l10n.t("it does not say that it is atlas-ls: {0}", said)
      : l10n.t("it does not say that it is atlas-ls");
  }
  const how = ran.code === null ? l10n.t("it ends with a signal") : l10n.t("it ends with exit code {0}", ran.code);
  return last ? `${how}: ${last}` : how;
}

/** Say where was looked, one place a line. */
export function describeTried(tried: readonly Tried[]): string {
  return tried
    .map((place) => `${place.origin}: ${[place.command, ...place.args].join(" ")}: ${place.reason}`)
    .join("\n");
}
