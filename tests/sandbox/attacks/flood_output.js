/* Prints and answers without end.

Ends: TIMEOUT or CRASHED
*/
function attack() {
  for (;;) {
    process.stdout.write('x'.repeat(65536));
    process.stderr.write('y'.repeat(65536));
  }
}
