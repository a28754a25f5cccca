// Takes the pictures of the README: bundles scripts/pictures.ts and runs it.

import { spawnSync } from "node:child_process";
import esbuild from "esbuild";

await esbuild.build({
  entryPoints: ["scripts/pictures.ts"],
  outfile: "dist/pictures.cjs",
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["playwright-core"],
  logLevel: "warning",
});
process.exit(
  spawnSync(process.execPath, ["dist/pictures.cjs", ...process.argv.slice(2)], { stdio: "inherit" }).status ?? 1,
);
