/* Uses the system's tools against it: namespaces, mounts, tracing, set-user-id programs.

Ends: RETURNED []
*/
const { spawnSync } = require('child_process');
function attack(facts) {
  const done = [];
  const sh = (text) => spawnSync('/bin/sh', ['-c', text], { timeout: 3000 }).status === 0;
  for (const text of [
    'unshare -U true',
    'unshare -n true',
    'mount -t tmpfs none /tmp',
    'mount -o remount,rw /',
    'umount /proc',
    'nsenter -t 1 -m true',
    'su -c true',
    'sudo -n true',
    'chroot / true',
    `cat /proc/${facts.parent}/maps`,
    'dd if=/dev/mem of=/dev/null count=1',
    'mknod /tmp/disk b 8 0',
    'echo x > /proc/sys/kernel/hostname',
    'echo core >> /proc/sys/kernel/core_pattern',
    'find /proc/sys /proc/irq /proc/fs -writable -type f | grep -q .',
    'hostname attack',
    'kill -9 ' + facts.parent,
    'cat ' + facts.secret,
    'python3 -c "import socket; socket.socket()"',
    'python3 -c "import os, ctypes; assert ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0"',
  ]) {
    if (sh(text)) done.push(text);
  }
  return done;
}
