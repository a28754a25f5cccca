// The VSIX: what is in it, how large it is, and that the same sources make the same bytes.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { listFiles, PackageManager } from "@vscode/vsce";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "atlas-vsix-"));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

function make(name: string): Buffer {
  const file = path.join(folder, name);
  const ran = spawnSync(process.execPath, ["scripts/package.mjs", file], { encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stderr);
  return fs.readFileSync(file);
}

test("the package is small, and the same bytes each time", () => {
  const [one, two] = [make("one.vsix"), make("two.vsix")].map((bytes) => {
    assert.ok(bytes.length < 1_000_000, `${bytes.length} bytes`);
    return createHash("sha256").update(bytes).digest("hex");
  });
  assert.equal(one, two);
});

test("its page leads to nothing that is not there", () => {
  const page = fs.readFileSync("dist/README.md", "utf8");
  assert.match(page, /^# atlas-ls for VS Code$/m);
  assert.deepEqual(page.match(/\]\((?!https:)[^)]*\)/g) ?? [], []);
});

test("nothing else is in it", async () => {
  const options = { packageManager: PackageManager.None, readmePath: "dist/README.md" }; // the latter is not in its types
  const files = (await listFiles(options)).sort();
  const text = files.filter((name) => !name.startsWith("media/"));
  assert.deepEqual(text, [
    "CHANGELOG.md",
    "LICENSE",
    "dist/README.md",
    "dist/THIRD_PARTY_NOTICES.txt",
    "dist/extension.js",
    "l10n/bundle.l10n.json",
    "package.json",
    "package.nls.json",
  ]);
  assert.deepEqual(
    files.filter((name) => name.startsWith("media/")),
    [
      "media/first_light.py",
      "media/icon.png",
      "media/icon.svg",
      "media/walk-model.svg",
      "media/walk-server.svg",
      "media/walk-solve.svg",
    ],
  );
});

test("the licences of what is bundled are there, and are those that may be", () => {
  const notices = fs.readFileSync("dist/THIRD_PARTY_NOTICES.txt", "utf8");
  const heads = [...notices.matchAll(/^(\S+) \d+\.\d+\.\d+ \((.*)\)$/gm)].map(([, name, license]) => [name, license]);
  for (const name of ["vscode-languageclient", "vscode-languageserver-protocol", "vscode-jsonrpc"]) {
    assert.ok(
      heads.some(([known]) => known === name),
      name,
    );
  }
  for (const [name, license] of heads)
    assert.ok(["MIT", "ISC", "BlueOak-1.0.0"].includes(license ?? ""), `${name}: ${license}`);
});
