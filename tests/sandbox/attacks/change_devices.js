/* Tries to change the mode and the times of the devices and of standard input, which are those of the whole machine.

Ends: RETURNED []
*/
function attack() {
  const fs = require('node:fs');
  const changed = [];
  for (const device of ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom']) {
    const { mode } = fs.statSync(device); // the same mode again: a success would be seen, and harm nobody
    try {
      fs.chmodSync(device, mode & 0o7777);
      changed.push(`mode of ${device}`);
    } catch {}
    try {
      fs.utimesSync(device, 0, 0);
      changed.push(`times of ${device}`);
    } catch {}
  }
  if (fs.fstatSync(0).isCharacterDevice()) changed.push('standard input is a device');
  fs.writeFileSync('/dev/null', 'still to be written to');
  return changed;
}
