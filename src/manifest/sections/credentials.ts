import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Credentials, LackingCredentials, Password } from '../../model/registry.ts';
import { formatPlace } from '../../model/source.ts';
import type { Tree } from '../tree.ts';
import type { Fields } from './fields.ts';

/** A registry's `username` with its `password` or `password_command`; null where it has none. */
export function readCredentials(fields: Fields, secrets: Set<string>): Credentials | null {
  const username = fields.string('username');
  const password = readPassword(fields, secrets);
  const lacking = lackingCredentials(fields);
  if (lacking !== null) return lacking;
  if (username !== null && password !== null) return { username, password };
  if (username === null && password === null) return null;
  const way = fields.string('password') === null ? 'password_command' : 'password';
  const [given, missing] = username === null ? [way, 'username'] : ['username', 'password'];
  const value = fields.get(given);
  const other = missing === 'password' ? ['password', 'password_command'] : ['username'];
  if (value === null || other.some((key) => fields.isBad(key))) return null;
  fields.findings.reject(value, {
    code: 'half-credentials',
    message: `a registry with a ${given} needs a \`${missing}\` too`,
    advice: 'give both, or neither to use the credentials that docker already has',
  });
  return null;
}

/** Credentials that are given in whole, and lack the value of a variable; null for all others. */
function lackingCredentials(fields: Fields): LackingCredentials | null {
  const username = fields.get('username');
  const ways = [fields.get('password'), fields.get('password_command')];
  const given = ways.filter((way) => way !== null);
  if (username === null || given.length === 0) return null;
  const unset = [username, ...given].flatMap((tree) => tree.unset ?? []);
  if (unset.length > 0) {
    const message = unset.map(told).join('; ');
    return { lacking: { message, advice: GIVE_A_VALUE }, username: writtenIn(username) };
  }
  const emptied = given.every(isEmptied);
  if (emptied === isEmptied(username)) return null;
  if (emptied && fields.string('username') === null) return null;
  const [key, tree] = emptied ? ['password', given[0] ?? username] : ['username', username];
  return {
    lacking: {
      message: `the \`${key}\` comes out empty (${formatPlace(tree.place)})`,
      advice: 'give its variable a value, or empty both to use the login that docker has',
    },
    username: writtenIn(username),
  };
}

function writtenIn(tree: Tree): string {
  return tree.kind === 'scalar' ? tree.written : '';
}

const GIVE_A_VALUE =
  'give it a value in the environment, an --env-file or the `.env` beside the manifest';

function told({ message, place }: Diagnostic): string {
  return place === undefined ? message : `${message} (${formatPlace(place)})`;
}

/** Made empty by its variables, which may be so in this job only. */
function isEmptied(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.written.includes('$') && tree.text.join('') === '';
}

function readPassword(fields: Fields, secrets: Set<string>): Password | null {
  const value = fields.string('password');
  if (value !== null) {
    secrets.add(value);
    // As HTTP and docker's configuration carry it.
    const username = fields.string('username') ?? '';
    secrets.add(Buffer.from(`${username}:${value}`).toString('base64'));
  }
  const written = fields.get('password_command');
  if (fields.isBad('password_command')) return null;
  const command = fields.strings('password_command').map(({ text }) => text);
  if (written === null || command.join('') === '') return value === null ? null : { value };
  if (value !== null) {
    fields.findings.reject(written, {
      code: 'two-passwords',
      message: '`password` and `password_command` are both given',
      advice: 'keep one of them',
    });
    return null;
  }
  if (command[0] !== '') return { command };
  fields.findings.reject(written, {
    code: 'bad-value',
    message: '`password_command` needs a program to run',
    advice: 'write its words as a list: `[pass, show, registry]`',
  });
  return null;
}
