// Makes the VSIX, the same bytes from the same sources: `node scripts/package.mjs [FILE]`. Needs Node 22, as vsce does.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const manifest = JSON.parse(fs.readFileSync("package.json", "utf8"));
const out = path.resolve(process.argv[2] ?? `dist/${manifest.name}-${manifest.version}.vsix`);
execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
fs.mkdirSync(path.dirname(out), { recursive: true });
// The pictures are in the repository, not in the package: where the page of an extension is shown, they would be broken.
const readme = fs.readFileSync("README.md", "utf8").replace(/^!\[.*\]\(\.\.\/.*\)\n+/gm, "");
fs.writeFileSync("dist/README.md", readme);
execFileSync(
  process.execPath,
  [
    "node_modules/@vscode/vsce/vsce",
    "package",
    "--no-dependencies",
    "--allow-missing-repository",
    "--no-rewrite-relative-links",
    "--readme-path",
    "dist/README.md",
    "--out",
    out,
  ],
  { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, SOURCE_DATE_EPOCH: "1704067200" } },
);
console.log(`${path.relative("", out)}: ${fs.statSync(out).size} bytes`);
