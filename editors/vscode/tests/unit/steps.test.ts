import assert from "node:assert/strict";
import { test } from "node:test";
import { commandLink, Steps } from "../../src/steps";

test("shares of the whole become increments that never go back and end at 100", () => {
  const steps = new Steps();
  const increments = [0, 14, 10, 60, undefined, 200].map(
    (percentage) => steps.next({ message: "m", percentage }).increment,
  );
  assert.deepEqual(increments, [0, 14, 0, 46, 0, 40]);
});

test("a report without a message keeps the last one", () => {
  const steps = new Steps();
  steps.next({ message: "writing" });
  assert.equal(steps.next({ percentage: 5 }).message, "writing");
  assert.equal(steps.next({ message: "testing" }, "[Stop](command:x)").message, "testing · [Stop](command:x)");
});

test("a link has no character that would end it", () => {
  const link = commandLink("Use best", "atlas.best", { uri: "file:///a (1)/b.py", qualname: "f" });
  const [, target = ""] = /^\[Use best\]\((.*)\)$/.exec(link) ?? [];
  assert.doesNotMatch(target, /[()\s"]/);
  const query = decodeURIComponent(target.slice(target.indexOf("?") + 1));
  assert.deepEqual(JSON.parse(query), [{ uri: "file:///a (1)/b.py", qualname: "f" }]);
  assert.equal(commandLink("Log", "atlas.log"), "[Log](command:atlas.log)");
});
