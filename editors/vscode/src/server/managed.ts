// The server in an environment of its own, which this extension makes when it is asked to.

import * as fs from "node:fs";
import * as path from "node:path";
import type { Ran } from "./find";
import { type RunOptions, run } from "./run";

/** Versions of Python that the server runs on: from the first to before the last. */
const PYTHONS = { from: [3, 11], before: [3, 14] } as const;
const CURRENT = "server.json";
/** How the server is started with its interpreter: isolated from the user's variables and from the folder it is started in. */
export const MANAGED_MODULE = ["-I", "-m", "atlas_server"];

export class InstallError extends Error {}

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
   * Install it. The environment that was there before is used until the new one works.
   *
   * @throws InstallError saying what to do.
   */
  async install(options: InstallOptions): Promise<string> {
    const base = await this.choosePython(options);
    const name = `server-${Date.now()}`;
    const folder = path.join(this.folder, name);
    fs.mkdirSync(this.folder, { recursive: true });
    try {
      options.onStep("venv");
      await this.step(base, ["-m", "venv", folder], options, "the environment could not be made");
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
        "pip could not install it",
      );
      options.onStep("try");
      await this.step(python, [...MANAGED_MODULE, "--version"], options, "it was installed, but does not start");
      fs.writeFileSync(path.join(this.folder, CURRENT), `${JSON.stringify({ python, source: options.source })}\n`);
      this.removeAllBut(name);
      return python;
    } catch (error) {
      fs.rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Remove what was installed. */
  remove(): void {
    fs.rmSync(path.join(this.folder, CURRENT), { force: true });
    this.removeAllBut("");
  }

  private removeAllBut(kept: string): void {
    for (const name of fs.readdirSync(this.folder)) {
      if (name.startsWith("server-") && name !== kept) {
        fs.rmSync(path.join(this.folder, name), { recursive: true, force: true });
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
      const [major = 0, minor = 0] = ran.stdout.trim().split(" ").map(Number);
      if (ran.code === 0 && atLeast([major, minor], PYTHONS.from) && !atLeast([major, minor], PYTHONS.before))
        return python;
      if (ran.code === 0) seen.push(`${python} is ${major}.${minor}`);
      else if (/ensurepip|venv/.test(ran.stderr))
        seen.push(`${python} has no venv (on Debian: apt install python3-venv)`);
    }
    const why = seen.length ? `: ${seen.join(", ")}` : "";
    throw new InstallError(
      `Python ${PYTHONS.from.join(".")} to ${PYTHONS.before[0]}.${PYTHONS.before[1] - 1} is needed, and was not found${why}.`,
    );
  }

  private async step(command: string, args: string[], options: InstallOptions, failed: string): Promise<void> {
    options.onLine(`> ${[command, ...args].join(" ")}`);
    const ran = await this.runProgram(command, args, { onLine: options.onLine, signal: options.signal });
    if (options.signal.aborted) throw new InstallError("cancelled");
    if (ran.code !== 0) throw new InstallError(`${failed}: ${whyPipFailed(ran)}`);
  }
}

/** Return one sentence for what pip wrote. */
export function whyPipFailed(ran: Ran): string {
  const said = `${ran.stdout}\n${ran.stderr}`;
  const lines = said.split("\n").map((line) => line.trim());
  const offline =
    /Temporary failure in name resolution|Name or service not known|getaddrinfo|NewConnectionError|ConnectTimeout|Network is unreachable|ProxyError/;
  if (offline.test(said)) {
    return "the package index cannot be reached. Connect this machine, or set atlas.server.package to a wheel on it.";
  }
  if (
    /cmake|CMAKE_C_COMPILER|No CMAKE_CXX_COMPILER|command 'g?cc' failed/i.test(said) &&
    /llama[-_]cpp[-_]python/.test(said)
  ) {
    return "llama.cpp could not be compiled: it needs a C++ compiler (on Debian: apt install build-essential).";
  }
  const error = lines.filter((line) => /^(ERROR|error):/.test(line)).pop();
  return (
    error?.replace(/^(ERROR|error):\s*/, "") ?? ran.error ?? lines.filter(Boolean).pop() ?? `exit code ${ran.code}`
  );
}

function atLeast(version: readonly [number, number], least: readonly [number, number]): boolean {
  return version[0] > least[0] || (version[0] === least[0] && version[1] >= least[1]);
}
