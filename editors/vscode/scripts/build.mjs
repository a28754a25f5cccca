// Bundles the extension into dist/extension.js, with the licences of what is in it beside it. `--debug` keeps it readable.

import fs from "node:fs";
import path from "node:path";
import esbuild from "esbuild";

// Kept once in the repository, and part of the package.
fs.copyFileSync("../../LICENSE", "LICENSE");
fs.copyFileSync("../../server/atlas_server/examples/first_light.py", "media/first_light.py");

const debug = process.argv.includes("--debug");
const { metafile } = await esbuild.build({
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  minify: !debug,
  sourcemap: debug ? "inline" : false,
  legalComments: "none", // THIRD_PARTY_NOTICES.txt has the whole texts
  metafile: true,
  logLevel: "warning",
});

const packages = new Set();
for (const input of Object.keys(metafile.inputs)) {
  const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
  if (found) packages.add(found[1]);
}
const notices = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  const file = fs.readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${folder} has no licence file`);
  return `${name} ${version} (${license})\n\n${fs.readFileSync(path.join(folder, file), "utf8").trim()}\n`;
});
fs.writeFileSync("dist/THIRD_PARTY_NOTICES.txt", notices.join(`\n${"-".repeat(72)}\n\n`));
