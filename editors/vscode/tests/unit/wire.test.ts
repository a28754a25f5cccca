import assert from "node:assert/strict";
import { test } from "node:test";
import { type Inspected, settingsToSend } from "../../src/wire";

const NAMES = ["server.command", "engine.model", "solve.samples", "solve.seed", "sandbox.readable", "advanced"];

function sent(values: Record<string, Inspected>, advanced: unknown = {}) {
  return settingsToSend(NAMES, (name) => values[name], advanced);
}

test("only what was set is sent", () => {
  assert.deepEqual(
    sent({ "engine.model": { defaultValue: "" }, "solve.samples": { defaultValue: 8, globalValue: 3 } }),
    {
      solve: { samples: 3 },
    },
  );
});

test("the server's own settings are none of the extension's", () => {
  assert.deepEqual(sent({ "server.command": { globalValue: ["x"] } }), {});
});

test("a folder's value goes before the workspace's, that before the user's; zero and false are values", () => {
  const values = { defaultValue: 8, globalValue: 1, workspaceValue: 2, workspaceFolderValue: 0 };
  assert.deepEqual(sent({ "solve.samples": values, "solve.seed": { globalValue: 1, workspaceValue: 2 } }), {
    solve: { samples: 0, seed: 2 },
  });
});

test("advanced settings are sent, below those with an entry of their own", () => {
  const advanced = { solve: { top_p: 0.5, samples: 9 }, engine: { slots: 2 } };
  assert.deepEqual(sent({ "solve.samples": { globalValue: 3 } }, advanced), {
    solve: { top_p: 0.5, samples: 3 },
    engine: { slots: 2 },
  });
  assert.deepEqual(advanced.solve, { top_p: 0.5, samples: 9 }, "it is not changed");
});

test("what is wrong is sent, so that the server can say so", () => {
  assert.deepEqual(sent({}, { sovle: { top_p: 1 }, solve: 3 }), { sovle: { top_p: 1 }, solve: 3 });
  assert.deepEqual(sent({}, null), {});
  assert.deepEqual(sent({}, [1]), {});
});
