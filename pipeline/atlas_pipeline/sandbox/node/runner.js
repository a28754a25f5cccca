// Loads one JavaScript program and answers call after call on its channel, with the frames and reports of the Python
// runner (`jailed/child.py`, `jailed/program.py`). Equal values have the canonical text that `jailed/canonical.py` gives
// their JSON: an object is a dict, an array a list, null None; what JSON has no word for has a name of its own in `<>`.
'use strict';
(function (require, process, channel, importModule) {
  const { readSync, writeSync } = require('node:fs');
  const path = require('node:path');
  const { pathToFileURL } = require('node:url');
  const { types, inspect } = require('node:util');
  const vm = require('node:vm');
  const { createRequire, isBuiltin } = require('node:module');
  const Bytes = Buffer_();
  const exit = process.reallyExit.bind(process);

  const MAX_ITEMS = 1000;
  const SHOWN_CHARS = 200;
  const MESSAGE_CHARS = 500;
  const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
  const HEXADECIMAL_FROM = 2n ** 2000n;

  class TooLarge extends Error {}

  function Buffer_() {
    return require('node:buffer').Buffer;
  }

  // ---- frames

  function readExactly(count) {
    const data = Bytes.alloc(count);
    let done = 0;
    while (done < count) {
      const got = readSync(channel, data, done, count - done, null);
      if (got === 0) exit(0);
      done += got;
    }
    return data;
  }

  function receive() {
    return JSON.parse(readExactly(readExactly(4).readUInt32BE(0)).toString('utf8'));
  }

  function send(text) {
    const body = Bytes.from(text, 'utf8');
    const head = Bytes.alloc(4);
    head.writeUInt32BE(body.length, 0);
    const data = Bytes.concat([head, body]);
    for (let at = 0; at < data.length; ) at += writeSync(channel, data, at);
  }

  // ---- canonical text

  function canonical(value, maxChars, drive) {
    const open = new Map();
    let left = maxChars;

    function spend(text) {
      left -= text.length;
      if (left < 0) throw new TooLarge();
      return text;
    }

    function items(values, opening, closing, sorted) {
      const parts = [];
      for (let at = 0; at < values.length; at++) parts.push(write(values[at]));
      if (sorted) parts.sort();
      return spend(opening + closing) && opening + parts.join(', ') + closing;
    }

    function pairs(entries, opening, closing) {
      const parts = [];
      for (const [key, item] of entries) parts.push(`${write(key)}: ${write(item)}`);
      parts.sort();
      return opening + parts.join(', ') + closing;
    }

    function write(value) {
      switch (typeof value) {
        case 'undefined':
          return spend('<undefined>');
        case 'boolean':
          return spend(value ? 'True' : 'False');
        case 'number':
          return spend(numberText(value));
        case 'bigint':
          return spend(integerText(value));
        case 'string':
          if (value.length > left) throw new TooLarge();
          return spend(stringText(value));
        case 'symbol':
          return spend(`<symbol ${stringText(Symbol.prototype.toString.call(value))}>`);
        case 'function':
          return spend(`<function ${nameText(ownValue(value, 'name'))}>`);
      }
      if (value === null) return spend('None');
      if (types.isProxy(value)) return spend('<Proxy>');
      if (open.has(value)) return spend(`<cycle ${open.size - open.get(value)}>`);
      open.set(value, open.size);
      try {
        return writeObject(value);
      } finally {
        open.delete(value);
      }
    }

    function writeObject(value) {
      if (Array.isArray(value)) {
        if (value.length * 2 > left) throw new TooLarge();
        const found = [];
        for (let at = 0; at < value.length; at++) found.push(ownValue(value, at));
        return items(found, '[', ']');
      }
      if (types.isMap(value)) {
        if (realmless(Map, 'size', value) * 4 > left) throw new TooLarge();
        return pairs(Map.prototype.entries.call(value), '<Map {', '}>');
      }
      if (types.isSet(value)) {
        if (realmless(Set, 'size', value) * 2 > left) throw new TooLarge();
        const found = [...Set.prototype.values.call(value)];
        return found.length ? items(found, '{', '}', true) : spend('set()');
      }
      if (types.isDate(value)) return spend(`<Date ${numberText(Date.prototype.getTime.call(value))}>`);
      if (types.isRegExp(value)) return spend(`<RegExp ${stringText(RegExp.prototype.toString.call(value))}>`);
      if (types.isBoxedPrimitive(value)) return spend(`<boxed ${stringText(inspect(value, { customInspect: false }))}>`);
      if (types.isPromise(value)) return spend('<Promise>');
      if (types.isTypedArray(value)) {
        const size = realmless(Uint8Array.prototype.__proto__.constructor, 'length', value);
        if (size * 2 > left) throw new TooLarge();
        const found = [];
        for (let at = 0; at < size; at++) found.push(value[at]);
        return items(found, `<${nameText(realmless(Uint8Array.prototype.__proto__.constructor, Symbol.toStringTag, value))} [`, ']>');
      }
      if (types.isAnyArrayBuffer(value)) return items([...new Uint8Array(value)], '<ArrayBuffer [', ']>');
      if (types.isGeneratorObject(value) || types.isMapIterator(value) || types.isSetIterator(value) || isArrayIterator(value)) {
        return drive ? writeIterator(value) : spend('<iterator>');
      }
      return writeInstance(value);
    }

    function writeIterator(value) {
      const found = [];
      let ended = false;
      while (found.length < MAX_ITEMS) {
        const step = value.next();
        if (step.done) {
          ended = true;
          break;
        }
        found.push(step.value);
      }
      return items(found, 'iterator[', ended ? ']' : ', ...]');
    }

    function writeInstance(value) {
      const names = Object.getOwnPropertyNames(value).filter(
        (name) => Object.getOwnPropertyDescriptor(value, name).enumerable,
      );
      if (names.length * 4 > left) throw new TooLarge();
      const kind = className(value);
      if (kind === 'Object') return pairs(names.map((name) => [name, ownValue(value, name)]), spend('{'), '}');
      const fields = [...names];
      if (types.isNativeError(value)) fields.push('message');
      fields.sort();
      const parts = fields.map((name) => `${nameText(name)}=${write(ownValue(value, name))}`);
      return spend('<') + [kind, ...parts].join(' ') + '>';
    }

    const text = write(value);
    if (text.length > maxChars) throw new TooLarge();
    return text;
  }

  function realmless(kind, name, value) {
    return Object.getOwnPropertyDescriptor(kind.prototype, name).get.call(value);
  }

  function isArrayIterator(value) {
    const tag = tagOf(value);
    return tag === 'Array Iterator' || tag === 'String Iterator' || tag === 'RegExp String Iterator' || tag === 'Iterator Helper';
  }

  function tagOf(value) {
    for (let kind = Object.getPrototypeOf(value), steps = 0; kind !== null && steps < 4 && !types.isProxy(kind); steps++) {
      const found = Object.getOwnPropertyDescriptor(kind, Symbol.toStringTag);
      if (found) return found.value;
      kind = Object.getPrototypeOf(kind);
    }
    return undefined;
  }

  function ownValue(value, name) {
    const found = Object.getOwnPropertyDescriptor(value, name);
    if (found === undefined) return undefined;
    return 'value' in found ? found.value : '<accessor>';
  }

  // The name of the class, without calling anything of the candidate's.
  function className(value) {
    const parent = Object.getPrototypeOf(value);
    if (parent === null || types.isProxy(parent)) return 'Object';
    let name;
    // Node's own errors have classes without a name, on top of one that has.
    for (let at = parent; at !== null && !types.isProxy(at) && (typeof name !== 'string' || name === ''); at = Object.getPrototypeOf(at)) {
      const kind = ownValue(at, 'constructor');
      name = typeof kind === 'function' ? ownValue(kind, 'name') : undefined;
    }
    if (name === 'Object' && Object.getPrototypeOf(parent) === null) return 'Object';
    return name === 'Object' ? "'Object'" : nameText(name);
  }

  function nameText(name) {
    const text = String(typeof name === 'string' ? name : '');
    return /^[A-Za-z_][A-Za-z_0-9]*$/.test(text) ? text : stringText(text);
  }

  function integerText(value) {
    const size = value < 0n ? -value : value;
    return size < HEXADECIMAL_FROM ? value.toString() : `${value < 0n ? '-' : ''}0x${size.toString(16)}`;
  }

  // As Python writes `format(value, ".9g")`; from nine digits before the point on, rounded to units.
  function numberText(value) {
    if (Number.isNaN(value)) return 'nan';
    if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
    if (Number.isInteger(value)) return integerText(BigInt(value));
    const [mantissa, power] = value.toExponential(8).split('e');
    const exponent = Number(power);
    if (exponent >= 9) {
      const below = Math.floor(value);
      const rest = value - below;
      return integerText(BigInt(rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below));
    }
    if (exponent < -4) return `${strip(mantissa)}e-${String(-exponent).padStart(2, '0')}`;
    return strip(Number(value.toExponential(8)).toFixed(8 - exponent));
  }

  function strip(digits) {
    return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
  }

  // As Python's `ascii`.
  function stringText(text) {
    const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
    let written = quote;
    for (const character of text) {
      const code = character.codePointAt(0);
      if (character === quote || character === '\\') written += '\\' + character;
      else if (character === '\n') written += '\\n';
      else if (character === '\r') written += '\\r';
      else if (character === '\t') written += '\\t';
      else if (code >= 0x20 && code < 0x7f) written += character;
      else if (code <= 0xff) written += '\\x' + code.toString(16).padStart(2, '0');
      else if (code <= 0xffff) written += '\\u' + code.toString(16).padStart(4, '0');
      else written += '\\U' + code.toString(16).padStart(8, '0');
    }
    return written + quote;
  }

  // ---- the program

  async function load(request) {
    const place = request.file;
    const base = pathToFileURL(place).href;
    const own = createRequire(place);
    if (!request.is_module) {
      const names = ['exports', 'require', 'module', '__filename', '__dirname'];
      const whole = request.source + '\n;return (__expression) => eval(__expression);';
      const load = vm.compileFunction(whole, names, {
        filename: place,
        importModuleDynamically: (specifier) => importModule(resolve(specifier, own, base)),
      });
      const module = { exports: {}, filename: place, id: place };
      return load(module.exports, own, module, place, path.dirname(place));
    }
    const module = new vm.SourceTextModule(request.source + '\n;export const __evaluate = (__expression) => eval(__expression);', {
      identifier: base,
      initializeImportMeta: (meta) => Object.assign(meta, { url: base, filename: place, dirname: path.dirname(place) }),
      importModuleDynamically: (specifier) => importModule(resolve(specifier, own, base)),
    });
    await module.link(async (specifier) => {
      const found = await importModule(resolve(specifier, own, base));
      const names = Object.keys(found);
      return new vm.SyntheticModule(names, function () {
        for (const name of names) this.setExport(name, found[name]);
      });
    });
    await module.evaluate();
    return module.namespace.__evaluate;
  }

  function resolve(specifier, own, base) {
    if (isBuiltin(specifier)) return specifier;
    if (/^(\.{0,2}\/|file:)/.test(specifier)) return new URL(specifier, base).href;
    return pathToFileURL(own.resolve(specifier)).href;
  }

  // Evaluates the parts of a plain call one after the other, so that its arguments can be looked at before and after.
  function evaluate(run, request, maxChars) {
    const parts = request.parts;
    if (!parts) return { value: run(`(${request.call}\n)`), changes: () => null };
    const watched = [];
    let receiver;
    let method;
    if (parts.receiver !== undefined) {
      receiver = run(`(${parts.receiver}\n)`);
      method = receiver[parts.property];
      if (typeof receiver === 'object' && receiver !== null && !types.isModuleNamespaceObject(receiver)) watched.push(["'self'", receiver]);
    } else {
      method = run(`(${parts.function}\n)`);
    }
    const given = parts.arguments.map((text) => run(`(${text}\n)`));
    given.forEach((value, at) => watched.push([String(at), value]));
    const look = ([, value]) => {
      try {
        return canonical(value, maxChars, false);
      } catch {
        return null;
      }
    };
    const before = watched.map(look);
    const changes = () => {
      const changed = [];
      watched.forEach((entry, at) => {
        const after = before[at] === null ? null : look(entry);
        if (after !== null && after !== before[at]) changed.push(`${entry[0]}: ${after}`);
      });
      changed.sort();
      const text = `{${changed.join(', ')}}`;
      return changed.length && text.length <= maxChars ? text : null;
    };
    if (typeof method !== 'function') run(`(${request.call}\n)`); // raises what node says of it
    return { value: Reflect.apply(method, receiver, given), changes };
  }

  // In a box, because a value that an asynchronous function returns is asked for its `then`.
  async function settle(value) {
    if (types.isPromise(value)) value = await value;
    if (value !== null && typeof value === 'object' && !types.isProxy(value) && tagOf(value) === 'AsyncGenerator') {
      const found = [];
      for await (const item of value) {
        found.push(item);
        if (found.length === MAX_ITEMS) break;
      }
      return { value: found.values() };
    }
    return { value };
  }

  function describe(error, request) {
    const isError = types.isNativeError(error) && !types.isProxy(error);
    const name = isError ? className(error) : typeof error;
    const stack = isError ? String(ownValue(error, 'stack') ?? '') : '';
    const place = request.file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const found = new RegExp(`${place}:(\\d+)`).exec(stack);
    const lines = request.source.split('\n');
    const line = found && Number(found[1]) <= lines.length ? Number(found[1]) : null; // later ones are the call's
    const text = line ? lines[line - 1] : '';
    const explicit = !isError || (line !== null && /\bthrow\b/.test(text ?? ''));
    return { type_name: name.slice(0, SHOWN_CHARS), line, explicit };
  }

  function messageOf(error) {
    try {
      const isError = types.isNativeError(error) && !types.isProxy(error);
      return short(isError ? String(ownValue(error, 'message') ?? '') : inspect(error, { customInspect: false }), MESSAGE_CHARS);
    } catch {
      return '';
    }
  }

  function show(value, text) {
    if (text.startsWith('iterator[')) return short(text, SHOWN_CHARS);
    try {
      const options = { customInspect: false, breakLength: Infinity, depth: 6, maxArrayLength: 100, maxStringLength: SHOWN_CHARS, getters: false };
      return short(inspect(value, options), SHOWN_CHARS);
    } catch {
      return short(text, SHOWN_CHARS);
    }
  }

  function short(text, limit) {
    return (text.length <= limit ? text : text.slice(0, limit - 3) + '...').replace(LONE_SURROGATES, '?');
  }

  // What keeps a call from ever ending: an error outside of it, or a promise that nothing will settle.
  let interrupt = () => {};

  function race(work) {
    return new Promise((done, failed) => {
      interrupt = failed;
      work.then(done, failed);
    });
  }

  process.on('uncaughtException', (error) => interrupt(error));
  process.on('unhandledRejection', (error) => interrupt(error));
  process.on('beforeExit', () => interrupt(new UnsettledPromise('nothing will ever settle the promise that it waits for')));

  class UnsettledPromise extends Error {}

  async function main() {
    send('');
    const first = receive();
    const maxChars = first.limits.max_chars;
    let run;
    let report;
    let remark;
    try {
      run = await race(load(first));
      report = { kind: 'returned' };
      remark = '';
    } catch (error) {
      report = { kind: 'load_failed', ...describe(error, first) };
      remark = messageOf(error);
    }
    for (let request = first; ; ) {
      send(JSON.stringify({ ...report, seq: request.seq }));
      send(JSON.stringify({ seq: request.seq, text: remark }));
      request = receive();
      let changes = () => null;
      try {
        const started = evaluate(run, request, maxChars);
        changes = started.changes;
        const { value } = await race(settle(started.value));
        const text = canonical(value, maxChars, true);
        report = { kind: 'returned', value: text, changed: changes() };
        remark = show(value, text);
      } catch (error) {
        const isDeep = error instanceof RangeError; // of this realm: the runner's own recursion over a deep value
        if (error instanceof TooLarge || isDeep) {
          report = { kind: 'memory', type_name: 'ValueTooLarge' };
          remark = 'the value is too large to compare';
        } else {
          report = { kind: 'raised', ...describe(error, first), changed: changes() };
          remark = messageOf(error);
        }
      }
    }
  }

  main();
});
