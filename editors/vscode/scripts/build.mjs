// Bundles the extension into dist/extension.js. `--watch` goes on, `--debug` keeps it readable.
import fs from "node:fs";
import esbuild from "esbuild";

// Kept once in the repository, and part of the package.
fs.copyFileSync("../../LICENSE", "LICENSE");
fs.copyFileSync("../../examples/first_light.py", "media/first_light.py");

const options = {
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  minify: !process.argv.includes("--debug"),
  sourcemap: process.argv.includes("--debug") ? "inline" : false,
  legalComments: "linked",
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
}
