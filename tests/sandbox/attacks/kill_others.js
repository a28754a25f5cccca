/* Signals everybody, by number and all at once.

Ends: RETURNED [] or CRASHED
*/
function attack(facts) {
  const done = [];
  for (const pid of [facts.parent, 1 << 20, -1]) {
    try {
      process.kill(pid, 'SIGTERM');
      done.push(pid);
    } catch {}
  }
  return done.filter((pid) => pid !== -1); // the whole of its own process namespace is its own
}
