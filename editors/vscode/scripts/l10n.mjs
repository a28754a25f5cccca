// Writes l10n/bundle.l10n.json, the strings of the code for translators. `--check` changes nothing and fails where it would.

import fs from "node:fs";
import path from "node:path";
import { getL10nJson } from "@vscode/l10n-dev";

const names = fs.readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
const files = names
  .sort()
  .map((name) => ({ extension: ".ts", contents: fs.readFileSync(path.join("src", name), "utf8") }));
const strings = await getL10nJson(files);
const sorted = Object.fromEntries(Object.entries(strings).sort(([a], [b]) => (a < b ? -1 : 1)));
const text = `${JSON.stringify(sorted, null, 2)}\n`;
const file = "l10n/bundle.l10n.json";
if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== text) {
  if (process.argv.includes("--check")) {
    console.error(`${file} is not what the code says: npm run l10n`);
    process.exit(1);
  }
  fs.mkdirSync("l10n", { recursive: true });
  fs.writeFileSync(file, text);
}
