// Bundles a folder of tests and runs it: `node scripts/test.mjs unit`, or `node scripts/test.mjs ui weak` for one file of it.
// Arguments that begin with `--` are for `node --test`.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import esbuild from "esbuild";

const [kind, ...rest] = process.argv.slice(2);
const folder = path.join("tests", kind);
const out = path.join("dist", folder);
fs.rmSync(out, { recursive: true, force: true });
const entryPoints = fs.readdirSync(folder).filter((name) => name.endsWith(".ts"));
await esbuild.build({
  entryPoints: entryPoints.map((name) => path.join(folder, name)),
  outdir: out,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: [...(kind === "unit" ? [] : ["vscode"]), "playwright-core", "@vscode/vsce"],
  alias: kind === "unit" ? { vscode: "./tests/support/untranslated.ts" } : {},
  sourcemap: "inline",
  logLevel: "warning",
});
const only = rest.filter((argument) => !argument.startsWith("--"));
const files = fs
  .readdirSync(out)
  .filter((name) => name.endsWith(".test.cjs"))
  .filter((name) => !only.length || only.includes(name.replace(".test.cjs", "")))
  .map((name) => path.join(out, name));
const command = [
  "--enable-source-maps",
  "--test",
  "--test-concurrency=1",
  "--test-reporter=spec",
  ...rest.filter((argument) => argument.startsWith("--")),
  ...files,
];
process.exit(spawnSync(process.execPath, command, { stdio: "inherit" }).status ?? 1);
