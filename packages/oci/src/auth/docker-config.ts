import { withoutEndSlash } from '@tagflow/http';
import { askCredentialHelper, type HelperOptions, parseHelperName } from './credential-helper.ts';
import type { CredentialsProvider, RegistryCredentials } from './credentials.ts';
import { OciError } from '../error.ts';

export { anonymous, type CredentialsProvider } from './credentials.ts';

/**
 * Returns the credentials of a docker config JSON (`~/.docker/config.json` or podman's `auth.json`). `credHelpers` and
 * `credsStore` name programs that know them, each registry is asked for once; then `auths`. Its keys are hosts, hosts
 * with a path (podman: the longest that fits wins), or URLs such as `https://index.docker.io/v1/`.
 * @param where what to call the text in an error
 * @throws OciError `bad-auth-file`, which never quotes the text; so does the provider, of a helper that fails
 */
export function parseDockerConfig(text: string, where: string, options: HelperOptions = {}): CredentialsProvider {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // Without a cause: the parser's message quotes the text.
    throw bad(where, 'is not JSON');
  }
  const top = fieldsOf(data);
  if (top === null) throw bad(where, 'is not an object');
  const auths = fieldsOf(top['auths'] ?? {});
  if (auths === null) throw bad(where, '"auths" is not an object');
  const known = new Map<string, RegistryCredentials>();
  for (const [key, entry] of Object.entries(auths)) {
    const found = credentialsOf(fieldsOf(entry), `${where}: auths["${key}"]`);
    if (found !== null) known.set(normalKey(key), found);
  }
  const helperOf = readHelpers(top, where);
  const asked = new Map<string, Promise<RegistryCredentials | null>>();

  const ask = (registry: string): Promise<RegistryCredentials | null> | null => {
    const name = helperOf(registry);
    if (name === undefined) return null;
    const answer = asked.get(registry) ?? askCredentialHelper(name, registry, options);
    // A failure is kept too: 150 repositories would wait for the same program 150 times.
    asked.set(registry, answer);
    return answer;
  };

  return async (registry, repository) => {
    const helped = await ask(registry);
    if (helped !== null) return helped;
    const parts = [registry, ...repository.split('/')];
    for (let length = parts.length; length > 0; length--) {
      const found = known.get(parts.slice(0, length).join('/'));
      if (found !== undefined) return found;
    }
    return null;
  };
}

/** Returns which helper is responsible for a registry: its own, else the general one. */
function readHelpers(top: Record<string, unknown>, where: string): (registry: string) => string | undefined {
  const named = fieldsOf(top['credHelpers'] ?? {});
  if (named === null) throw bad(where, '"credHelpers" is not an object');
  const helpers = new Map(
    Object.entries(named).map(([key, name]) => [
      normalKey(key),
      parseHelperName(name, `${where}: credHelpers["${key}"]`),
    ]),
  );
  const store = top['credsStore'] ?? '';
  const general = store === '' ? undefined : parseHelperName(store, `${where}: "credsStore"`);
  return (registry) => helpers.get(registry) ?? general;
}

function credentialsOf(entry: Record<string, unknown> | null, where: string): RegistryCredentials | null {
  if (entry === null) throw bad(where, 'is not an object');
  const { auth, username, password, identitytoken } = entry;
  if (typeof identitytoken === 'string' && identitytoken !== '') return { identityToken: identitytoken };
  if (typeof username === 'string' && typeof password === 'string' && username !== '') return { username, password };
  // docker leaves an empty entry where a credential helper keeps the rest.
  if (typeof auth !== 'string' || auth === '') return null;
  const decoded = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  if (colon < 1) throw bad(where, '"auth" is not the base64 of "user:password"');
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

function normalKey(key: string): string {
  const plain = withoutEndSlash(key.replace(/^https?:\/\//, '').replace(/\/v[12]\/?$/, ''));
  return plain.replace(/^(?:index\.docker\.io|registry-1\.docker\.io)(?=$|\/)/, 'docker.io');
}

function fieldsOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function bad(where: string, why: string): OciError {
  return new OciError('bad-auth-file', `${where} ${why}`, {
    outcome: 'invalid',
    next: 'Give a docker config JSON: {"auths": {"registry.example": {"auth": "<base64 of user:password>"}}}.',
  });
}
