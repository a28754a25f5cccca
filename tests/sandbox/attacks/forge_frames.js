/* Answers this question and the ones to come in the right form.

Ends: RETURNED 'forged' or CRASHED
*/
const fs = require('fs');
function attack() {
  const number = Number(process.argv[2]);
  for (let seq = 2; seq < 50; seq++)
    for (const part of [{ seq, kind: 'returned', value: "'forged'" }, { seq, text: 'x' }]) {
      const body = Buffer.from(JSON.stringify(part));
      const head = Buffer.alloc(4);
      head.writeUInt32BE(body.length);
      fs.writeSync(number, Buffer.concat([head, body]));
    }
  return 1;
}
