import { isLoopback } from '@tagflow/model';
import { OciError } from './error.ts';

/** Where a registry is. */
export interface RegistryAddress {
  /** As people and auth files write it: `docker.io`, `quay.io`, `127.0.0.1:5000`. */
  readonly name: string;
  /** Where its API answers, without a slash at the end: `https://registry-1.docker.io`. */
  readonly origin: string;
}

/** A place in a registry below which containers lie. */
export interface NamespaceReference {
  readonly registry: RegistryAddress;
  /** Such as `tripleomaster`; may have several parts, or none. */
  readonly path: string;
}

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const namespacePath = new RegExp(`^${component}(?:/${component})*$`);
const dockerNames: readonly string[] = [
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
];

/**
 * Returns the registry and namespace that a text names: `https://host[:port]/namespace`, `http://…` for loopback, or the
 * short form `host/namespace`, which is https except on loopback. `docker.io` stands for its API host.
 * @param options.plainHttp also allows `http://` for hosts that are not loopback
 * @throws OciError `bad-reference`
 */
export function parseNamespace(text: string, options: { readonly plainHttp?: boolean } = {}): NamespaceReference {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `${shortScheme(text)}://${text}`);
  if (url === null) throw bad(text, 'it is not a URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw bad(text, `the scheme "${url.protocol}" is unknown`);
  if (url.username !== '' || url.password !== '') {
    throw new OciError('bad-reference', `registry on ${url.host}: a URL may not hold credentials`, {
      outcome: 'invalid',
      next: 'Give them as registry-auth, a docker config JSON.',
    });
  }
  if (url.search !== '' || url.hash !== '') throw bad(text, 'it has a query or a fragment');
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && options.plainHttp !== true) {
    throw bad(text, 'http:// is for loopback only, or for a registry that is marked plain-http');
  }
  const path = url.pathname.replace(/^\/+|\/+$/g, '');
  if (path !== '' && !namespacePath.test(path)) {
    throw bad(
      text,
      `"${path}" is not a namespace: lower-case letters and digits, joined by ".", "_" or "-", parts by "/"`,
    );
  }
  if (dockerNames.includes(url.host)) {
    return {
      registry: { name: 'docker.io', origin: 'https://registry-1.docker.io' },
      path: path === '' ? 'library' : path,
    };
  }
  return { registry: { name: url.host, origin: url.origin }, path };
}

function shortScheme(text: string): string {
  const host = text.split('/')[0] ?? '';
  return isLoopback(host.replace(/:\d+$/, '')) ? 'http' : 'https';
}

function bad(text: string, why: string): OciError {
  return new OciError('bad-reference', `registry "${text.replace(/\/\/[^/@]*@/, '//***@')}": ${why}`, {
    outcome: 'invalid',
    next: 'Write https://registry.example/namespace.',
  });
}

/** Returns the namespace as people write it, such as `quay.io/tripleomaster`. */
export function formatNamespace(namespace: NamespaceReference): string {
  return namespace.path === '' ? namespace.registry.name : `${namespace.registry.name}/${namespace.path}`;
}

/** Returns a manifest or a blob as people write it: `quay.io/ns/name:tag`, `quay.io/ns/name@sha256:…`. */
export function formatReference(registry: RegistryAddress, repository: string, reference: string): string {
  return `${registry.name}/${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
}

/**
 * Returns the text as a tag.
 * @throws OciError `bad-reference`
 */
export function parseTag(text: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(text)) return text;
  throw new OciError('bad-reference', `tag ${JSON.stringify(text.slice(0, 130))} is none a registry can have`, {
    outcome: 'invalid',
    next: 'A tag has up to 128 letters, digits, ".", "_" and "-", and begins with none of the last two.',
  });
}

/** Returns `name` below the namespace: a repository of the registry. */
export function repositoryIn(namespace: NamespaceReference, name: string): string {
  return namespace.path === '' ? name : `${namespace.path}/${name}`;
}

/** How bare container names become repository names in one place, such as `openstack-{name}`. */
export interface NamePattern {
  /** `heat-api` → `openstack-heat-api`. */
  format(name: string): string;
  /** `openstack-heat-api` → `heat-api`; null for a name of another form. */
  parse(repositoryName: string): string | null;
}

/**
 * Returns the pattern of a text that holds `{name}` once.
 * @throws OciError `bad-reference`
 */
export function parseNamePattern(text: string): NamePattern {
  const [before, after, ...rest] = text.split('{name}');
  if (before === undefined || after === undefined || rest.length > 0 || !namespacePath.test(`${before}x${after}`)) {
    throw new OciError('bad-reference', `name-pattern "${text}" must hold {name} once, in a repository name`, {
      outcome: 'invalid',
      next: 'Write for example openstack-{name}.',
    });
  }
  return {
    format: (name) => `${before}${name}${after}`,
    parse: (name) =>
      name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after)
        ? name.slice(before.length, name.length - after.length)
        : null,
  };
}
