// The server in an environment of its own, which this extension makes when it is asked to.

import * as fs from "node:fs";
import * as path from "node:path";
import { l10n } from "vscode";
import type { Ran } from "./find";
import { type RunOptions, run } from "./run";

/** Versions of Python that the server runs on: from the first to before the last. */
const PYTHONS = { from: [3, 11], before: [3, 14] } as const;
const CURRENT = "server.json";
/** An environment that is younger may be one that another window is making. */
const ABANDONED_AFTER_MS = 24 * 3600 * 1000;
/** How the server is started with its interpreter: isolated from the user's variables and from the folder it is started in. */
export const MANAGED_MODULE = ["-I", "-m", "atlas_server"];

export class InstallError extends Error {}

export class InstallCancelled extends InstallError {
  constructor() {
    super(l10n.t("cancelled"));
  }
}

export interface InstallOptions {
  /** What pip is given: a requirement, a wheel, or a folder. */
  source: string;
  /** Interpreters to make the environment with, the best first. */
  pythons: string[];
  onStep: (step: string) => void;
  onLine: (line: string) => void;
  signal: AbortSignal;
}

type RunProgram = (command: string, args: string[], options: RunOptions) => Promise<Ran>;

export class Managed {
  constructor(
    private readonly folder: string,
    private readonly runProgram: RunProgram = run,
  ) {}

  /** Return the interpreter that has the server, undefined where none was installed. */
  python(): string | undefined {
    try {
      const python = String(JSON.parse(fs.readFileSync(path.join(this.folder, CURRENT), "utf8")).python);
      return fs.existsSync(python) ? python : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Install it. The environment that was there before is used until the new one works, and is kept, as a server may run in it;
   * older ones are removed.
   *
   * @throws InstallError saying what to do.
   */
  async install(options: InstallOptions): Promise<string> {
    const before = this.python();
    const base = await this.choosePython(options);
    const name = `server-${Date.now()}`;
    const folder = path.join(this.folder, name);
    fs.mkdirSync(this.folder, { recursive: true });
    try {
      options.onStep("venv");
      await this.step(base, ["-m", "venv", folder], options, l10n.t("the environment could not be made"));
      const python = path.join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
      options.onStep("pip");
      await this.step(
        python,
        [
          "-I",
          "-m",
          "pip",
          "install",
          "--disable-pip-version-check",
          "--no-input",
          "--progress-bar",
          "off",
          options.source,
        ],
        options,
        l10n.t("pip could not install it"),
      );
      options.onStep("try");
      const failed = l10n.t("it was installed, but does not start");
      await this.step(python, [...MANAGED_MODULE, "--version"], options, failed);
      fs.writeFileSync(path.join(this.folder, CURRENT), `${JSON.stringify({ python, source: options.source })}\n`);
      this.removeOld([python, before], options.onLine);
      return python;
    } catch (error) {
      remove(folder, options.onLine);
      throw error;
    }
  }

  /** Remove what was installed. */
  remove(): void {
    fs.rmSync(path.join(this.folder, CURRENT), { force: true });
    for (const name of this.environments()) remove(path.join(this.folder, name), () => undefined);
  }

  private environments(): string[] {
    return fs.readdirSync(this.folder).filter((name) => /^server-\d+$/.test(name));
  }

  private removeOld(kept: (string | undefined)[], onLine: (line: string) => void): void {
    for (const name of this.environments()) {
      const folder = path.join(this.folder, name);
      const age = Date.now() - Number(name.slice("server-".length));
      if (age > ABANDONED_AFTER_MS && !kept.some((python) => python?.startsWith(folder + path.sep))) {
        remove(folder, onLine);
      }
    }
  }

  private async choosePython(options: InstallOptions): Promise<string> {
    const seen: string[] = [];
    for (const python of options.pythons) {
      const ran = await this.runProgram(python, ["-c", "import sys, venv, ensurepip; print(*sys.version_info[:2])"], {
        signal: options.signal,
        timeoutMs: 30_000,
      });
      if (options.signal.aborted) throw new InstallCancelled();
      const [major = 0, minor = 0] = ran.stdout.trim().split(" ").map(Number);
      if (ran.code === 0 && atLeast([major, minor], PYTHONS.from) && !atLeast([major, minor], PYTHONS.before))
        return python;
      if (ran.code === 0) seen.push(l10n.t("{0} is {1}.{2}", python, major, minor));
      else if (/ensurepip|venv/.test(ran.stderr))
        seen.push(l10n.t("{0} has no venv (on Debian: apt install python3-venv)", python));
    }
    const first = PYTHONS.from.join(".");
    const last = `${PYTHONS.before[0]}.${PYTHONS.before[1] - 1}`;
    throw new InstallError(
      seen.length
        ? l10n.t("Python {0} to {1} is needed, and was not found: {2}.", first, last, seen.join(", "))
        : l10n.t("Python {0} to {1} is needed, and was not found.", first, last),
    );
  }

  private async step(command: string, args: string[], options: InstallOptions, failed: string): Promise<void> {
    options.onLine(`> ${[command, ...args].join(" ")}`);
    const ran = await this.runProgram(command, args, { onLine: options.onLine, signal: options.signal });
    if (options.signal.aborted) throw new InstallCancelled();
    if (ran.code !== 0) throw new InstallError(`${failed}: ${whyPipFailed(ran)}`);
  }
}

function remove(folder: string, onLine: (line: string) => void): void {
  try {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    onLine(`${folder} was not removed: ${error}`);
  }
}

/** Return one sentence for what pip wrote. */
export function whyPipFailed(ran: Ran): string {
  const said = `${ran.stdout}\n${ran.stderr}`;
  const lines = said.split("\n").map((line) => line.trim());
  const offline =
    /Temporary failure in name resolution|Name or service not known|getaddrinfo|NewConnectionError|ConnectTimeout|Network is unreachable|ProxyError/;
  if (offline.test(said)) {
    return l10n.t(
      "the package index cannot be reached. Connect this machine, or set atlas.server.package to a wheel on it.",
    );
  }
  if (
    /cmake|CMAKE_C_COMPILER|No CMAKE_CXX_COMPILER|command 'g?cc' failed/i.test(said) &&
    /llama[-_]cpp[-_]python/.test(said)
  ) {
    return l10n.t("llama.cpp could not be compiled: it needs a C++ compiler (on Debian: apt install build-essential).");
  }
  const error = lines.filter((line) => /^(ERROR|error):/.test(line)).pop();
  return (
    error?.replace(/^(ERROR|error):\s*/, "") ??
    ran.error ??
    lines.filter(Boolean).pop() ??
    l10n.t("exit code {0}", String(ran.code))
  );
}

function atLeast(version: readonly [number, number], least: readonly [number, number]): boolean {
  return version[0] > least[0] || (version[0] === least[0] && version[1] >= least[1]);
}
