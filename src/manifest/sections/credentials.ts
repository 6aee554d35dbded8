import type { Credentials, Password } from '../../model/manifest.ts';
import type { Fields } from './fields.ts';

/** A registry's `username` with its `password` or `password_command`; null where it has none. */
export function readCredentials(fields: Fields, secrets: Set<string>): Credentials | null {
  const username = fields.string('username');
  const password = readPassword(fields, secrets);
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
