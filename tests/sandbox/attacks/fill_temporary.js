/* Fills its own /tmp, which is memory.

Ends: RETURNED True
*/
const fs = require('fs');
function attack() {
  let written = 0;
  try {
    for (let i = 0; i < 1000; i++) written += fs.writeSync(fs.openSync(`/tmp/${i}`, 'w'), Buffer.alloc(1e6, 1));
  } catch {}
  return written < 70e6;
}
