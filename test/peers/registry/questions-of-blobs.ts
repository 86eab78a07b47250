import { ask, brief, digestOf, openUpload, putBlob, type Question, withDigest } from './asking.ts';

const bytes = 'the bytes of a blob, thirty-six long';
const octets = { 'content-type': 'application/octet-stream' };

/** What registries say of blobs and of their uploads. */
export const questionsOfBlobs: readonly Question[] = [
  {
    title: 'a POST with the digest and the bytes opens an upload, and stores nothing',
    ask: async (registry) => {
      const digest = digestOf(bytes);
      const path = withDigest('/v2/single/post/blobs/uploads/', digest);
      const posted = await ask(registry, 'POST', path, { headers: octets, body: bytes });
      return [brief(posted), brief(await ask(registry, 'HEAD', `/v2/single/post/blobs/${digest}`))];
    },
    answer: ['202', '404'],
  },
  {
    title: 'an upload has an absolute Location with a query, a Range and an id',
    ask: async (registry) => {
      const { status, headers } = await ask(registry, 'POST', '/v2/upload/opened/blobs/uploads/');
      const location = new URL(headers.get('location') ?? '');
      const id = headers.get('docker-upload-uuid') ?? '';
      return {
        ...{ status, range: headers.get('range'), length: headers.get('content-length') },
        sameHost: location.origin === new URL(registry.url).origin,
        path: location.pathname.replace(id, 'ID'),
        query: [...location.searchParams.keys()],
      };
    },
    answer: {
      ...{ status: 202, range: '0-0', length: '0', sameHost: true },
      ...{ path: '/v2/upload/opened/blobs/uploads/ID', query: ['_state'] },
    },
  },
  {
    title: 'POST and PUT are enough, and the blob is there at once',
    ask: async (registry) => {
      const location = await openUpload(registry, 'two/requests');
      const digest = digestOf(bytes);
      const put = await ask(registry, 'PUT', withDigest(location, digest), { headers: octets, body: bytes });
      const got = await ask(registry, 'GET', `/v2/two/requests/blobs/${digest}`);
      return {
        put: brief(put),
        named: put.headers.get('docker-content-digest') === digest,
        location: new URL(put.headers.get('location') ?? '').pathname === `/v2/two/requests/blobs/${digest}`,
        got: [got.status, got.body.toString(), got.headers.get('content-length'), got.headers.get('content-type')],
      };
    },
    answer: { put: '201', named: true, location: true, got: [200, bytes, '36', 'application/octet-stream'] },
  },
  {
    title: 'a blob without bytes is a blob',
    ask: async (registry) => {
      const { digest } = await putBlob(registry, 'no/bytes', '');
      const got = await ask(registry, 'GET', `/v2/no/bytes/blobs/${digest}`);
      return [got.status, got.body.length, got.headers.get('content-length')];
    },
    answer: [200, 0, '0'],
  },
  {
    title: 'a mount from a repository that has the blob brings it, without bytes',
    ask: async (registry) => {
      const { digest } = await putBlob(registry, 'mount/home', bytes);
      const path = `/v2/mount/other/blobs/uploads/?mount=${digest}&from=mount/home`;
      const mounted = await ask(registry, 'POST', path);
      return [
        ...[brief(mounted), mounted.headers.get('docker-content-digest') === digest],
        brief(await ask(registry, 'HEAD', `/v2/mount/other/blobs/${digest}`)),
      ];
    },
    answer: ['201', true, '200'],
  },
  ...[
    ['a repository that lacks it', 'mount=DIGEST&from=mount/empty'],
    ['no repository at all', 'mount=DIGEST'],
    ['a digest that nobody has', `mount=sha256:${'0'.repeat(64)}&from=mount/wrong`],
    ['a digest that is none', 'mount=sha256:zzz&from=mount/wrong'],
  ].map(([from = '', query = '']): Question => ({
    title: `a mount from ${from} opens an upload`,
    ask: async (registry) => {
      const { digest } = await putBlob(registry, 'mount/wrong', bytes);
      const said = await ask(registry, 'POST', `/v2/mount/target/blobs/uploads/?${query.replace('DIGEST', digest)}`);
      return [brief(said), said.headers.has('location')];
    },
    answer: ['202', true],
  })),
  {
    title: 'a blob of another repository is not there',
    ask: async (registry) => {
      const { digest } = await putBlob(registry, 'links/one', bytes);
      await putBlob(registry, 'links/two', 'something else');
      const head = await ask(registry, 'HEAD', `/v2/links/two/blobs/${digest}`);
      const get = await ask(registry, 'GET', `/v2/links/two/blobs/${digest}`);
      return [brief(head), brief(get), brief(await ask(registry, 'GET', '/v2/links/one/blobs/sha256:zz'))];
    },
    answer: ['404', '404 BLOB_UNKNOWN', '400 DIGEST_INVALID'],
  },
  {
    title: 'a part of a blob is had by its Range',
    ask: async (registry) => {
      const { digest } = await putBlob(registry, 'ranges/blob', bytes);
      const part = async (range: string): Promise<unknown> => {
        const said = await ask(registry, 'GET', `/v2/ranges/blob/blobs/${digest}`, { headers: { range } });
        const text = said.status === 206 ? said.body.toString() : '';
        return [said.status, text, said.headers.get('content-range')];
      };
      // Not from its end: 2.8 cuts the connection then.
      return [await part('bytes=4-8'), await part('bytes=32-'), await part('bytes=32-99')];
    },
    answer: [
      [206, 'bytes', 'bytes 4-8/36'],
      [206, 'long', 'bytes 32-35/36'],
      [206, 'long', 'bytes 32-35/36'],
    ],
  },
  {
    title: 'an upload goes on in chunks, and says how far it is',
    ask: async (registry) => {
      const location = await openUpload(registry, 'chunks/right');
      const headers = { ...octets, 'content-range': '0-9' };
      const first = await ask(registry, 'PATCH', location, { headers, body: bytes.slice(0, 10) });
      const state = await ask(registry, 'GET', first.headers.get('location') ?? '');
      const second = { ...octets, 'content-range': '10-35' };
      const next = await ask(registry, 'PATCH', state.headers.get('location') ?? '', {
        ...{ headers: second, body: bytes.slice(10) },
      });
      const done = await ask(registry, 'PUT', withDigest(next.headers.get('location') ?? '', digestOf(bytes)));
      return [first, state, next, done].map((said) => [brief(said), said.headers.get('range')]);
    },
    answer: [
      ['202', '0-9'],
      ['204', '0-9'],
      ['202', '0-35'],
      ['201', null],
    ],
  },
  {
    title: 'a chunk that does not begin where the last one ended',
    ask: async (registry) => {
      const location = await openUpload(registry, 'chunks/wrong');
      const headers = { ...octets, 'content-range': '5-14' };
      const said = await ask(registry, 'PATCH', location, { headers, body: bytes.slice(0, 10) });
      return [brief(said), said.headers.get('range')];
    },
    answer: ['202', '0-9'],
    v3: ['416 RANGE_INVALID', null],
  },
  {
    title: 'an upload that is deleted is gone',
    ask: async (registry) => {
      const location = await openUpload(registry, 'upload/deleted');
      const deleted = await ask(registry, 'DELETE', location);
      return [
        brief(deleted),
        brief(await ask(registry, 'GET', location)),
        brief(await ask(registry, 'DELETE', location)),
      ];
    },
    answer: ['204', '404 BLOB_UPLOAD_UNKNOWN', '404 BLOB_UPLOAD_UNKNOWN'],
  },
  {
    title: 'an upload does not end under a digest that is not that of its bytes',
    ask: async (registry) => {
      const location = await openUpload(registry, 'upload/wrong');
      const wrong = digestOf('something else');
      const said = await ask(registry, 'PUT', withDigest(location, wrong), { headers: octets, body: bytes });
      const asked = [said];
      for (const digest of [wrong, digestOf(bytes)]) {
        asked.push(await ask(registry, 'HEAD', `/v2/upload/wrong/blobs/${digest}`));
      }
      return asked.map(brief);
    },
    answer: ['400 DIGEST_INVALID', '404', '404'],
  },
  {
    title: 'an upload does not end without a digest, or with one that is none',
    ask: async (registry) => {
      const answers = [];
      for (const query of ['', '&digest=', '&digest=sha256:zz']) {
        const location = await openUpload(registry, 'upload/none');
        answers.push(brief(await ask(registry, 'PUT', `${location}${query}`, { headers: octets, body: bytes })));
      }
      return answers;
    },
    answer: ['400 DIGEST_INVALID', '400 DIGEST_INVALID', '400 DIGEST_INVALID'],
  },
  {
    title: 'a blob is deleted from one repository, and stays in the others',
    ask: async (registry) => {
      const { digest } = await putBlob(registry, 'delete/one', bytes);
      await ask(registry, 'POST', `/v2/delete/two/blobs/uploads/?mount=${digest}&from=delete/one`);
      const deleted = await ask(registry, 'DELETE', `/v2/delete/one/blobs/${digest}`);
      const gone = await ask(registry, 'HEAD', `/v2/delete/one/blobs/${digest}`);
      const again = await ask(registry, 'DELETE', `/v2/delete/one/blobs/${digest}`);
      return [deleted, gone, again, await ask(registry, 'HEAD', `/v2/delete/two/blobs/${digest}`)].map(brief);
    },
    answer: ['202', '404', '404 BLOB_UNKNOWN', '200'],
  },
];
