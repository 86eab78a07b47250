import test from 'ava';
import { listNamespace } from '../../src/choose/list-namespace.ts';
import { OciError, type OciErrorCode } from '../../src/error.ts';
import { parseNamePattern } from '../../src/reference.ts';

const catalog = (...repositories: readonly string[]) => ({ listRepositories: async () => repositories });
const namespace = (path: string, pattern: string) => ({
  ...{ path, pattern: parseNamePattern(pattern), title: `registry.example/${path}` },
});
const names = async (path: string, pattern: string, ...repositories: readonly string[]) =>
  (await listNamespace(namespace(path, pattern), catalog(...repositories))).wanted.map(({ name }) => name);

const tables = [
  ['direct children', 'ns', '{name}', ['ns/os', 'ns/base', 'ns/a/b', 'nsx/c', 'ns', 'other/ns/d'], ['base', 'os']],
  ['names of the pattern', 'ns', 'openstack-{name}', ['ns/openstack-os', 'ns/os', 'ns/openstack-'], ['os']],
  ['names below a part of the pattern', 'ns', 'c9/{name}', ['ns/c9/os', 'ns/c9/a/b', 'ns/os'], ['os']],
  ['the top', '', '{name}', ['os', 'ns/base'], ['os']],
  ['no set', 'ns', '{name}', ['ns/tagflow-set', 'ns/os'], ['os']],
  ['no set by another name', 'ns', 'tagflow-{name}', ['ns/tagflow-set', 'ns/tagflow-os'], ['os']],
  ['a namespace of several parts', 'a/b', '{name}', ['a/b/os', 'a/os'], ['os']],
  ['each once', 'ns', '{name}', ['ns/os', 'ns/os'], ['os']],
] as const;

for (const [what, path, pattern, repositories, expected] of tables) {
  test(`lists ${what}`, async (t) => {
    t.deepEqual(await names(path, pattern, ...repositories), expected);
  });
}

test('what does not fit is told', async (t) => {
  const all = catalog('ns/openstack-os', 'ns/fedora', 'ns/tagflow-set', 'ns/a/b');
  t.deepEqual(await listNamespace(namespace('ns', 'openstack-{name}'), all), {
    wanted: [{ name: 'os', why: 'namespace registry.example/ns' }],
    excluded: [{ name: 'fedora', why: 'its name does not fit the name-pattern' }],
  });
});

test('an empty namespace is an error', async (t) => {
  for (const repositories of [[], ['other/os'], ['ns/tagflow-set']]) {
    await t.throwsAsync(names('ns', '{name}', ...repositories), {
      instanceOf: OciError,
      code: 'empty-list',
      message: /the namespace registry\.example\/ns names no container/,
    });
  }
});

for (const code of ['unauthorized', 'denied', 'not-found', 'refused'] as const satisfies readonly OciErrorCode[]) {
  test(`a registry that does not list (${code}) asks for a list`, async (t) => {
    const listRepositories = () => Promise.reject(new OciError(code, 'docker.io does not list its repositories (401)'));
    const error = await t.throwsAsync(listNamespace(namespace('ns', '{name}'), { listRepositories }), {
      instanceOf: OciError,
      code: 'refused',
      message:
        'containers: those of registry.example/ns must be named, because docker.io does not list its repositories (401)',
    });
    t.is(error.outcome, 'invalid');
    t.regex(error.next ?? '', /containers-built\.log/);
  });
}

test('what may pass later stays what it is', async (t) => {
  const cause = new OciError('rate-limited', 'GET catalog: 429', { outcome: 'waiting' });
  const listRepositories = () => Promise.reject(cause);
  t.is(await t.throwsAsync(listNamespace(namespace('ns', '{name}'), { listRepositories })), cause);
});
