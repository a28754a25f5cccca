import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../../src/server/backoff";

const LIMITS = { most: 3, windowMs: 1000, firstDelayMs: 10 };

test("each restart waits longer, and the one too many is final", () => {
  const backoff = new Backoff(LIMITS, () => 0);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => backoff.next()),
    [10, 20, 40, undefined, undefined],
  );
});

test("what is long ago does not count", () => {
  let now = 0;
  const backoff = new Backoff(LIMITS, () => now);
  for (let time = 0; time < 3; time++) backoff.next();
  now = 1000;
  assert.equal(backoff.next(), 10);
});

test("the user starts it anew", () => {
  const backoff = new Backoff(LIMITS, () => 0);
  for (let time = 0; time < 4; time++) backoff.next();
  backoff.reset();
  assert.equal(backoff.next(), 10);
});
