// Runs the runner in a realm of its own: the candidate, in the main one, cannot patch what the runner computes with.
'use strict';
const folder = __dirname;
const text = require('node:fs').readFileSync(folder + '/runner.js', 'utf8');
const runner = require('node:vm').runInNewContext(text, {}, { filename: 'atlas:runner' });
runner(require, process, Number(process.argv[2]), (specifier) => import(specifier));
