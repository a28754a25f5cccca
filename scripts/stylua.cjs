// stylua without its binary, from its npm package (WebAssembly): node stylua.cjs PACKAGE_FOLDER [--write] LUA_FOLDER
// Reads LUA_FOLDER/stylua.toml as far as it is used here. Exit code 1: something is not formatted.
const fs = require("fs");
const path = require("path");

const [packageFolder, ...rest] = process.argv.slice(2);
const write = rest[0] === "--write";
const root = rest[write ? 1 : 0];
const stylua = require(path.join(packageFolder, "node_modules/@johnnymorganz/stylua/stylua_lib_node.cjs"));

const types = { Spaces: stylua.IndentType.Spaces, Tabs: stylua.IndentType.Tabs };
const options = fs
  .readFileSync(path.join(root, "stylua.toml"), "utf-8")
  .split("\n")
  .filter((line) => line.trim())
  .map((line) => {
    const [, key, value] = line.match(/^(\w+) = "?(\w+)"?$/) || [];
    if (!(key in stylua.Config.prototype)) throw new Error(`stylua.toml: not understood: ${line}`);
    return [key, types[value] ?? Number(value)];
  });

// A call takes its configuration away.
function configuration() {
  return Object.assign(stylua.Config.new(), { syntax: stylua.LuaVersion.LuaJIT }, Object.fromEntries(options));
}

const wrong = [];
for (const name of fs.readdirSync(root, { recursive: true }).sort()) {
  if (!name.endsWith(".lua")) continue;
  const file = path.join(root, name);
  const before = fs.readFileSync(file, "utf-8");
  const after = stylua.formatCode(before, configuration(), undefined, stylua.OutputVerification.Full);
  if (after === before) continue;
  wrong.push(name);
  if (write) fs.writeFileSync(file, after);
}
if (wrong.length > 0) console.log(`${write ? "formatted" : "not formatted"}: ${wrong.join(", ")}`);
process.exit(wrong.length > 0 && !write ? 1 : 0);
