// Programs that are run to their end.

import { spawn } from "node:child_process";
import type { Ran } from "./find";

export interface RunOptions {
  timeoutMs?: number;
  env?: NodeJS.ProcessEnv;
  onLine?: (line: string) => void;
  signal?: AbortSignal;
}

/** Run a program, without a shell; its failure is an answer, not an exception. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: options.env ?? process.env,
      windowsHide: true,
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.timeoutMs ? { timeout: options.timeoutMs, killSignal: "SIGKILL" } : {}),
    });
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
      const reason = error.code === "ENOENT" ? "there is no such program" : error.message;
      resolve({ code: undefined, stdout, stderr, error: reason });
    });
    child.on("close", (code) => {
      out.end();
      err.end();
      resolve({ code, stdout, stderr });
    });
  });
}
