import { ask, brief, imageIn, putManifest, type Question, type RegistryUnderTest, types } from './asking.ts';

const accept = Object.values(types).join(', ');

async function tag(registry: RegistryUnderTest, repository: string, tags: readonly string[]): Promise<string> {
  const image = await imageIn(registry, repository);
  for (const one of tags) {
    const put = await putManifest(registry, repository, one, image);
    if (put.status !== 201) throw new Error(`PUT ${repository}:${one}: ${brief(put)}`);
  }
  return image.digest;
}

async function list(registry: RegistryUnderTest, path: string): Promise<unknown> {
  const said = await ask(registry, 'GET', path);
  const { name, tags } = JSON.parse(said.body.toString()) as { readonly name?: string; readonly tags?: string[] };
  // 2.8 has no order.
  return [brief(said), name, tags?.toSorted(), said.headers.get('link')];
}

const allTags = ['200', 'tags/listed', ['a', 'b', 'c'], null];

/** What registries say of tags, of deletions and of what they do not know. */
export const questionsOfTags: readonly Question[] = [
  {
    title: 'the tags are listed, and 3.1 has pages with n, of which the last one may be empty',
    ask: async (registry) => {
      await tag(registry, 'tags/listed', ['b', 'c', 'a']);
      const path = '/v2/tags/listed/tags/list';
      const paths = [path, `${path}?n=2`, `${path}?n=2&last=b`, `${path}?n=3`, `${path}?n=3&last=c`, `${path}?last=a`];
      const answers = [];
      for (const one of paths) answers.push(await list(registry, one));
      return answers;
    },
    answer: [allTags, allTags, allTags, allTags, allTags, allTags],
    v3: [
      allTags,
      ['200', 'tags/listed', ['a', 'b'], '</v2/tags/listed/tags/list?last=b&n=2>; rel="next"'],
      ['200', 'tags/listed', ['c'], null],
      ['200', 'tags/listed', ['a', 'b', 'c'], '</v2/tags/listed/tags/list?last=c&n=3>; rel="next"'],
      ['200', 'tags/listed', [], null],
      ['200', 'tags/listed', ['b', 'c'], null],
    ],
  },
  {
    title: 'a number of tags that is none',
    ask: async (registry) => {
      await tag(registry, 'tags/numbered', ['a']);
      const path = '/v2/tags/numbered/tags/list';
      return Promise.all(['0', '-1', 'x'].map(async (n) => brief(await ask(registry, 'GET', `${path}?n=${n}`))));
    },
    answer: ['200', '200', '200'],
    v3: ['200', '400 PAGINATION_NUMBER_INVALID', '400 PAGINATION_NUMBER_INVALID'],
  },
  {
    title: 'a tag is deleted by its name, where that is known',
    ask: async (registry) => {
      const digest = await tag(registry, 'tags/deleted', ['one', 'two']);
      const path = '/v2/tags/deleted/manifests';
      const deleted = await ask(registry, 'DELETE', `${path}/one`);
      const headers = { accept };
      const one = await ask(registry, 'GET', `${path}/one`, { headers });
      const two = await ask(registry, 'GET', `${path}/two`, { headers });
      const whole = await ask(registry, 'GET', `${path}/${digest}`, { headers });
      return [deleted, one, two, whole, await ask(registry, 'DELETE', `${path}/none`)].map(brief);
    },
    answer: ['400 DIGEST_INVALID', '200', '200', '200', '400 DIGEST_INVALID'],
    v3: ['202', '404 MANIFEST_UNKNOWN', '200', '200', '404 MANIFEST_UNKNOWN'],
  },
  {
    title: 'a manifest is deleted by its digest, and every tag of it with it',
    ask: async (registry) => {
      const digest = await tag(registry, 'tags/gone', ['one', 'two']);
      const path = '/v2/tags/gone/manifests';
      const deleted = await ask(registry, 'DELETE', `${path}/${digest}`);
      const headers = { accept };
      const two = await ask(registry, 'GET', `${path}/two`, { headers });
      return [deleted, two, await ask(registry, 'DELETE', `${path}/${digest}`)].map(brief);
    },
    answer: ['202', '404 MANIFEST_UNKNOWN', '404 MANIFEST_UNKNOWN'],
  },
  {
    title: 'what does not exist',
    ask: async (registry) => {
      await tag(registry, 'tags/some', ['a']);
      const paths = [
        ...['/v2/tags/none/tags/list', '/v2/tags/none/manifests/a', '/v2/tags/some/manifests/b'],
        ...[`/v2/tags/some/manifests/sha256:${'2'.repeat(64)}`, `/v2/tags/none/blobs/sha256:${'2'.repeat(64)}`],
      ];
      return Promise.all(paths.map(async (path) => brief(await ask(registry, 'GET', path, { headers: { accept } }))));
    },
    answer: [
      ...['404 NAME_UNKNOWN', '404 MANIFEST_UNKNOWN', '404 MANIFEST_UNKNOWN'],
      ...['404 MANIFEST_UNKNOWN', '404 BLOB_UNKNOWN'],
    ],
  },
  {
    title: 'a tag and a repository have names of a form',
    ask: async (registry) => {
      const image = await imageIn(registry, 'tags/named');
      const put = async (name: string): Promise<number> =>
        (await putManifest(registry, 'tags/named', name, image)).status;
      const open = async (repository: string): Promise<number> =>
        (await ask(registry, 'POST', `/v2/${repository}/blobs/uploads/`)).status;
      return {
        tags: [await put('a'.repeat(128)), await put('a'.repeat(129)), await put('.a'), await put('A_b-c.d')],
        repositories: [await open('a/Upper'), await open('a__b/c-d.e'), await open('a/-b')],
      };
    },
    answer: { tags: [201, 404, 404, 201], repositories: [404, 202, 404] },
  },
  {
    title: 'the API says that it is there, and the catalog what it holds',
    ask: async (registry) => {
      await tag(registry, 'aaa/first', ['a']);
      const root = await ask(registry, 'GET', '/v2/');
      const catalog = await ask(registry, 'GET', '/v2/_catalog?n=1');
      const { repositories } = JSON.parse(catalog.body.toString()) as { readonly repositories: readonly string[] };
      const version = root.headers.get('docker-distribution-api-version');
      return [root.status, version, root.body.toString().trim(), catalog.status, repositories[0]];
    },
    answer: [200, 'registry/2.0', '{}', 200, 'aaa/first'],
  },
];
