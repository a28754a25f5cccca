/* Holds memory in many processes, each of them small enough.

Ends: MEMORY or CRASHED
*/
const { spawn } = require('child_process');
async function attack() {
  const hog = 'const a = []; setInterval(() => a.push(Buffer.alloc(4e6, 1)), 5)';
  for (let i = 0; i < 8; i++) spawn(process.execPath, ['-e', hog], { detached: true, stdio: 'ignore' });
  await new Promise(() => setInterval(() => {}, 1000));
}
