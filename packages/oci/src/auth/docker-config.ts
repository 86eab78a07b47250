import { type Credentials, withoutEndSlash } from '@tagflow/http';
import { OciError } from '../error.ts';

/** Returns the credentials for a repository of a registry (`quay.io`, `tripleomaster/openstack-base`), or null. */
export type CredentialsProvider = (registry: string, repository: string) => Credentials | null;

/** Knows no credentials. */
export const anonymous: CredentialsProvider = () => null;

/**
 * Returns the credentials of a docker config JSON (`auths` of `~/.docker/config.json` or podman's `auth.json`). Keys are
 * hosts, hosts with a path (podman: the longest that fits wins), or URLs such as `https://index.docker.io/v1/`.
 * @param where what to call the text in an error
 * @throws OciError `bad-auth-file`, which never quotes the text
 */
export function parseDockerConfig(text: string, where: string): CredentialsProvider {
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
  const known = new Map<string, Credentials | 'identity-token'>();
  for (const [key, entry] of Object.entries(auths)) {
    const found = credentialsOf(fieldsOf(entry), `${where}: auths["${key}"]`);
    if (found !== null) known.set(normalKey(key), found);
  }
  return (registry, repository) => {
    const parts = [registry, ...repository.split('/')];
    for (let length = parts.length; length > 0; length--) {
      const found = known.get(parts.slice(0, length).join('/'));
      if (found === 'identity-token')
        throw bad(where, `has an identity token for ${registry}, which tagflow cannot use`);
      if (found !== undefined) return found;
    }
    return null;
  };
}

function credentialsOf(entry: Record<string, unknown> | null, where: string): Credentials | 'identity-token' | null {
  if (entry === null) throw bad(where, 'is not an object');
  const { auth, username, password, identitytoken } = entry;
  if (typeof identitytoken === 'string' && identitytoken !== '') return 'identity-token';
  if (typeof username === 'string' && typeof password === 'string' && username !== '') return { username, password };
  // An empty entry stands for a credential helper, which a CI machine has no use for.
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
