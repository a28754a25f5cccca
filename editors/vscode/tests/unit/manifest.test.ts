// package.json against what it is made from, and against the code.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";

const manifest = JSON.parse(fs.readFileSync("package.json", "utf8"));
const strings = JSON.parse(fs.readFileSync("package.nls.json", "utf8"));
const sources = fs.readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
const code = sources.map((name) => fs.readFileSync(path.join("src", name), "utf8")).join("\n");
const { contributes } = manifest;
const settings = Object.assign(
  {},
  ...contributes.configuration.map((group: { properties: object }) => group.properties),
);

test("settings and translations are up to date", () => {
  for (const script of ["settings", "l10n"]) {
    const ran = spawnSync(process.execPath, [`scripts/${script}.mjs`, "--check"], { encoding: "utf8" });
    assert.equal(ran.status, 0, ran.stderr);
  }
});

test("a workspace can set no program, no endpoint and nothing of the sandbox", () => {
  for (const [name, { scope }] of Object.entries<{ scope: string }>(settings)) {
    const open = /^atlas\.solve\./.test(name);
    assert.equal(scope, open ? "window" : "machine", name);
  }
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, false);
  assert.equal(manifest.capabilities.virtualWorkspaces.supported, false);
});

test("settings are few, and none is a secret", () => {
  assert.ok(Object.keys(settings).length <= 25, String(Object.keys(settings).length));
  assert.deepEqual(
    Object.keys(settings).filter((name) => /(key|token|password|secret)$/i.test(name)),
    [],
  );
});

test("every string of the manifest is in the strings, and none is left over", () => {
  const used = [...JSON.stringify(manifest).matchAll(/%([\w.]+)%/g)].map(([, name]) => name as string);
  assert.deepEqual(
    used.filter((name) => !(name in strings)),
    [],
  );
  assert.deepEqual(
    Object.keys(strings).filter((name) => !used.includes(name)),
    [],
  );
});

test("commands: declared and registered are the same; none is one of the server's", () => {
  const declared: string[] = contributes.commands.map((one: { command: string }) => one.command);
  for (const command of declared) {
    const name = command.replace(/^atlas\./, "");
    assert.ok(code.includes(`"${command}"`) || new RegExp(`\\b${name}:`).test(code), `${command} is not registered`);
    assert.doesNotMatch(command, /^atlas\.server\./);
  }
  const placed: string[] = [];
  for (const [menu, items] of Object.entries<{ command?: string }[]>(contributes.menus)) {
    for (const { command } of items) if (command) placed.push(command);
    assert.ok(items.length, menu);
  }
  assert.deepEqual(
    placed.filter((command) => !declared.includes(command)),
    [],
  );
  assert.deepEqual(new Set(declared).size, declared.length);
});

test("no telemetry, no network of our own, one version", () => {
  assert.doesNotMatch(code, /createTelemetryLogger|TelemetryLogger|fetch\(|node:https?"|node:net"/);
  const project = fs.readFileSync("../../pyproject.toml", "utf8");
  const [version] = /(?<=^version = ")[^"]+/m.exec(project) ?? [];
  assert.equal(manifest.version, version);
  assert.match(fs.readFileSync("CHANGELOG.md", "utf8"), new RegExp(`^## ${version?.replaceAll(".", "\\.")}`, "m"));
  const lock = fs.readFileSync("package-lock.json", "utf8");
  assert.doesNotMatch(lock, /"resolved"/, "the lock file names a registry");
});

test("it activates for Python only", () => {
  assert.deepEqual(manifest.activationEvents, ["onLanguage:python"]);
});
