/* Holds memory and time in many threads, each of them small enough.

Ends: MEMORY or CRASHED or TIMEOUT
*/
const { Worker } = require('worker_threads');
async function attack() {
  const hog = 'const a = []; for (;;) a.push(Buffer.alloc(1e6, 1));';
  for (let i = 0; i < 8; i++) new Worker(hog, { eval: true });
  await new Promise(() => setInterval(() => {}, 1000));
}
