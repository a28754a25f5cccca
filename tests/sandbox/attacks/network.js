/* Connects by TCP, UDP, Unix and abstract sockets, and listens.

Ends: RETURNED []
*/
const net = require('net');
const dgram = require('dgram');
const dns = require('dns/promises');
async function attack(facts) {
  const done = [];
  const connect = (options) => new Promise((yes, no) => net.connect(options, () => yes('connected')).on('error', no));
  const listen = (options) => new Promise((yes, no) => net.createServer().listen(options, () => yes('listening')).on('error', no));
  const send = () =>
    new Promise((yes, no) => {
      const socket = dgram.createSocket('udp4').on('error', no);
      socket.send('attack', facts.udp_port, '127.0.0.1', (error) => (error ? no(error) : yes('sent')));
    });
  for (const attempt of [
    () => connect({ port: facts.tcp_port, host: '127.0.0.1' }),
    () => connect({ path: facts.unix_stream }),
    () => connect({ path: '\0' + facts.unix_abstract }),
    () => listen({ port: 0 }),
    send,
    () => dns.lookup('example.com'),
    () => dns.resolve4('example.com'),
  ]) {
    try {
      done.push(await attempt());
    } catch {}
  }
  return done;
}
