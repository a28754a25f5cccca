// Programs that are run to their end.

import { spawn } from "node:child_process";
import { l10n } from "vscode";
import type { Ran } from "./find";

export interface RunOptions {
  timeoutMs?: number;
  env?: NodeJS.ProcessEnv;
  onLine?: (line: string) => void;
  /** Ends it, with everything it has started; the answer comes once it has ended. */
  signal?: AbortSignal;
}

const END_WITHIN_MS = 5_000;

/** Run a program, without a shell; its failure is an answer, not an exception. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    if (options.signal?.aborted) return resolve({ code: undefined, stdout, stderr, error: "cancelled" });
    const ownGroup = options.signal !== undefined && process.platform !== "win32"; // pip starts compilers
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: options.env ?? process.env,
      windowsHide: true,
      detached: ownGroup,
      ...(options.timeoutMs ? { timeout: options.timeoutMs, killSignal: "SIGKILL" } : {}),
    });
    const end = (signal: NodeJS.Signals) => {
      try {
        if (ownGroup && child.pid !== undefined) process.kill(-child.pid, signal);
        else child.kill(signal);
      } catch {
        // it has ended
      }
    };
    let harder: NodeJS.Timeout | undefined;
    const abort = () => {
      end("SIGTERM");
      harder = setTimeout(() => end("SIGKILL"), END_WITHIN_MS);
    };
    options.signal?.addEventListener("abort", abort, { once: true });
    const done = (ran: Ran) => {
      clearTimeout(harder);
      options.signal?.removeEventListener("abort", abort);
      resolve(ran);
    };
    const collect = (add: (text: string) => void) => {
      let rest = "";
      return {
        data: (chunk: string) => {
          add(chunk);
          const lines = (rest + chunk).split(/\r\n|\n|\r/);
          rest = lines.pop() ?? "";
          for (const line of lines) if (line.trim()) options.onLine?.(line);
        },
        end: () => {
          if (rest.trim()) options.onLine?.(rest);
        },
      };
    };
    const out = collect((text) => {
      stdout += text;
    });
    const err = collect((text) => {
      stderr += text;
    });
    child.stdout.setEncoding("utf8").on("data", out.data);
    child.stderr.setEncoding("utf8").on("data", err.data);
    child.on("error", (error: NodeJS.ErrnoException) => {
      const reason = error.code === "ENOENT" ? l10n.t("there is no such program") : error.message;
      done({ code: undefined, stdout, stderr, error: reason });
    });
    child.on("close", (code) => {
      out.end();
      err.end();
      done({ code, stdout, stderr });
    });
  });
}
