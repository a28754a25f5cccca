/* Writes, deletes and links wherever it can; only its own /tmp may take it.

Ends: RETURNED ['/tmp']
*/
const fs = require('fs');
function attack(facts) {
  const done = [];
  for (const place of ['/', '/etc', '/usr', '/run', '/run/atlas', '/dev', '/proc', '/var', facts.home, facts.folder, '/tmp']) {
    for (const make of [
      (p) => fs.writeFileSync(p, 'x'),
      (p) => fs.mkdirSync(p),
      (p) => fs.symlinkSync('/etc', p),
      (p) => fs.rmSync(facts.secret),
    ]) {
      try {
        make(`${place}/atlas-attack`);
        done.push(place);
        break;
      } catch {}
    }
  }
  return done;
}
