#!/bin/sh
':' //; exec node -- "$0" "$@"
'use strict';

// To a shell the second line starts Node, to Node it is a string: without `--` Node 20 would take --env-file for its own.

// What is always answered alike is in files that build.mjs makes; for all else there is the program.

const fs = require('node:fs');
const { join } = require('node:path');

const ANSWERS = {
  '--version': 'version',
  '-V': 'version',
  '--help': 'help',
  '-h': 'help',
  schema: 'schema',
};

if (!isAnswered(process.argv.slice(2))) require('./run-bundle.js');

/** Answers what needs no program; false for all else, and where that fails: the program says why. */
function isAnswered([word, ...others]) {
  if (others.length > 0 || !Object.hasOwn(ANSWERS, word)) return false;
  try {
    // Help for a terminal is as wide as that.
    if (ANSWERS[word] === 'help' && isTerminal()) return false;
    write(fs.readFileSync(join(__dirname, '../dist/answers', ANSWERS[word])));
    return true;
  } catch {
    return false;
  }
}

/** Whether stdout may be one. */
function isTerminal() {
  const stat = fs.fstatSync(1);
  return stat.isCharacterDevice() && stat.rdev !== fs.statSync('/dev/null').rdev;
}

/** Writes to stdout; a reader that has seen enough is no mistake. */
function write(bytes) {
  let written = 0;
  try {
    while (written < bytes.length) written += fs.writeSync(1, bytes, written);
  } catch (error) {
    if (error.code === 'EPIPE') return;
    if (error.code !== 'EAGAIN') throw error;
    // A pipe that is full, and not to be waited for: Node's own stream waits.
    process.stdout.on('error', () => undefined).write(bytes.subarray(written));
  }
}
