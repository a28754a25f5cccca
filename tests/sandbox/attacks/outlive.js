/* Leaves a process behind that ignores signals, in a session of its own.

Ends: RETURNED 'left'
*/
const { spawn } = require('child_process');
function attack() {
  spawn('/bin/sh', ['-c', "trap '' 1 2 3 15; while :; do sleep 1; done"], { detached: true, stdio: 'ignore' }).unref();
  return 'left';
}
