// A wheel that is called like the server, made by hand: nothing is fetched for it.

import fs from "node:fs";
import path from "node:path";

/** Make one whose program is `body`; return its path. */
export function makeWheel(folder: string, version: string, body: string): string {
  const files: Record<string, string> = {
    "atlas_server/__init__.py": "",
    "atlas_server/__main__.py": `${body}\n`,
    [`atlas_ls-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: atlas-ls\nVersion: ${version}\n`,
    [`atlas_ls-${version}.dist-info/WHEEL`]: "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`atlas_ls-${version}.dist-info/RECORD`]: "",
  };
  const target = path.join(folder, `atlas_ls-${version}-py3-none-any.whl`);
  fs.writeFileSync(target, stored(files));
  return target;
}

/** A zip file without compression. */
function stored(files: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const data = Buffer.from(text);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt32LE(crc32(data), 10);
    head.writeUInt32LE(data.length, 14);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt16LE(name.length, 22);
    parts.push(Buffer.from("PK\x03\x04"), head, Buffer.from(name), data);
    const end = Buffer.alloc(16);
    end.writeUInt32LE(offset, 12);
    directory.push(Buffer.from("PK\x01\x02\x14\x00"), head, end.subarray(2), Buffer.from(name));
    offset += 30 + name.length + data.length;
  }
  const central = Buffer.concat(directory);
  const count = Object.keys(files).length;
  const last = Buffer.alloc(18);
  last.writeUInt16LE(count, 4);
  last.writeUInt16LE(count, 6);
  last.writeUInt32LE(central.length, 8);
  last.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from("PK\x05\x06"), last]);
}

function crc32(data: Buffer): number {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
