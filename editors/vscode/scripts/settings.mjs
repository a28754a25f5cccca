// Writes the settings into package.json and package.nls.json, from the server's schema (docs/settings.schema.json).
// What is chosen here is which of them have an entry of their own, where, and who may set them; all others can be set in
// `atlas.advanced`, which has the whole schema. `--check` changes nothing and fails where something would change.

import fs from "node:fs";

const SCHEMA = new URL("../../../docs/settings.schema.json", import.meta.url);
const PACKAGE = new URL("../package.json", import.meta.url);
const STRINGS = new URL("../package.nls.json", import.meta.url);

// A workspace may not name programs, places that code is sent to, or what the sandbox allows: hence `machine`.
const GROUPS = [
  { name: "server", title: "Server", properties: ["server.command", "server.package"] },
  {
    name: "model",
    title: "Model",
    scope: "machine",
    properties: [
      "engine.model",
      "engine.gpu_layers",
      "engine.context",
      "engine.url",
      "engine.remote_model",
      "engine.idle_unload_s",
    ],
  },
  {
    name: "solving",
    title: "Solving",
    scope: "window",
    properties: [
      "solve.samples",
      "solve.tier",
      "solve.deadline_s",
      "solve.max_tokens",
      "solve.context",
      "solve.project_tests",
      "solve.seed",
    ],
  },
  {
    name: "sandbox",
    title: "Sandbox",
    scope: "machine",
    properties: [
      "sandbox.python",
      "sandbox.readable",
      "sandbox.preload",
      "sandbox.cpu_s",
      "sandbox.memory_mb",
      "sandbox.dangerously_run_code_without_isolation",
    ],
  },
  { name: "advanced", title: "Advanced", properties: ["advanced"] },
];

// Of the extension, not of the server.
const OWN = {
  "server.command": {
    type: "array",
    items: { type: "string" },
    default: [],
    scope: "machine",
    description:
      'Program that is the server, and its arguments: `["/path/to/atlas-ls"]`. Empty: it is looked for in the workspace\'s Python environment, where this extension installed it, and on PATH.',
  },
  "server.package": {
    type: "string",
    default: "",
    scope: "machine",
    description:
      "What `Atlas: Install the Server…` gives to pip: a wheel, the folder of a checkout, or a requirement. Empty: it asks.",
  },
  advanced: {
    scope: "machine",
    description:
      'Every other setting of the server, section by section: `{"solve": {"top_p": 0.9}, "engine": {"slots": 4}}`. What has a setting of its own above goes before it.',
  },
};

const schema = JSON.parse(fs.readFileSync(SCHEMA, "utf8"));
const definitions = schema.$defs;

const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Return a schema without references and titles, which the settings editor does not take. */
function plain(node) {
  if (Array.isArray(node)) return node.map(plain);
  if (typeof node !== "object" || node === null) return node;
  if (node.anyOf?.length === 1 && node.anyOf[0].$ref)
    return { ...plain(node.anyOf[0]), ...plain({ ...node, anyOf: undefined }) };
  if (node.$ref) return { ...plain(definitions[node.$ref.split("/").at(-1)]), ...plain({ ...node, $ref: undefined }) };
  return Object.fromEntries(
    Object.entries(node)
      .filter(([name, value]) => name !== "title" && value !== undefined && !(name === "default" && isRecord(value)))
      .map(([name, value]) => [name, plain(value)]),
  );
}

const sections = plain({ $ref: "#/$defs/Settings" });
OWN.advanced = { ...sections, default: {}, ...OWN.advanced };

const strings = Object.fromEntries(
  Object.entries(JSON.parse(fs.readFileSync(STRINGS, "utf8"))).filter(([name]) => !/^(setting|group)\./.test(name)),
);

function declare(name, group, order) {
  const [section, key] = name.split(".");
  const { description, ...found } = OWN[name] ?? sections.properties[section].properties[key];
  if (!description) throw new Error(`${name} has no description in docs/settings.schema.json`);
  const text = `setting.${name}`;
  strings[text] = description.replace(/\s*\n\s*/g, " ");
  const scope = group.scope ? { scope: group.scope } : {};
  return [`atlas.${name}`, { ...found, ...scope, order, markdownDescription: `%${text}%` }];
}

const configuration = GROUPS.map((group, index) => {
  const text = `group.${group.name}`;
  strings[text] = group.title;
  return {
    title: `%${text}%`,
    order: index + 1,
    properties: Object.fromEntries(group.properties.map((name, order) => declare(name, group, order + 1))),
  };
});
const manifest = JSON.parse(fs.readFileSync(PACKAGE, "utf8"));
manifest.contributes.configuration = configuration;

let stale = false;
for (const [file, value] of [
  [PACKAGE, manifest],
  [STRINGS, strings],
]) {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (text === fs.readFileSync(file, "utf8")) continue;
  stale = true;
  if (!process.argv.includes("--check")) fs.writeFileSync(file, text);
}
if (stale && process.argv.includes("--check")) {
  console.error("the settings in package.json are not those of docs/settings.schema.json: npm run settings");
  process.exit(1);
}
