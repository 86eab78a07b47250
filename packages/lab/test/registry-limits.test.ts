import test, { type ExecutionContext } from 'ava';
import { type LabRegistry, type LabRegistryOptions, startLabRegistry } from '../src/registry.ts';

const oci = 'application/vnd.oci.image.manifest.v1+json';

async function start(t: ExecutionContext, options: LabRegistryOptions = {}): Promise<LabRegistry> {
  const registry = await startLabRegistry(options);
  t.teardown(() => registry.close());
  return registry;
}

async function complaint(response: Response): Promise<unknown> {
  const { errors } = (await response.json()) as { errors: { code: string; message: string }[] };
  return [errors[0]?.code, errors[0]?.message];
}

test('a GET of a manifest is a pull, a HEAD is none, and both are told what is left', async (t) => {
  let now = 0;
  const pulls = { limit: 2, windowSeconds: 21_600 };
  const registry = await start(t, { limits: { pulls }, now: () => now });
  await registry.putImage('a', ['tag'], { layers: [] });
  const ask = async (method: string) => {
    const response = await fetch(`${registry.url}/v2/a/manifests/tag`, { method, headers: { accept: oci } });
    const { headers, status } = response;
    return [status, headers.get('ratelimit-limit'), headers.get('ratelimit-remaining'), headers.get('retry-after')];
  };
  t.deepEqual(await ask('HEAD'), [200, '2;w=21600', '2;w=21600', null]);
  t.deepEqual(await ask('GET'), [200, '2;w=21600', '1;w=21600', null]);
  now = 1_000_000;
  t.deepEqual(await ask('GET'), [200, '2;w=21600', '0;w=21600', null]);
  t.deepEqual(await ask('GET'), [429, '2;w=21600', '0;w=21600', '20600']);
  t.deepEqual(await ask('HEAD'), [200, '2;w=21600', '0;w=21600', null]);
  now = 21_600_000;
  t.deepEqual(await ask('GET'), [200, '2;w=21600', '0;w=21600', null]);
  t.is((await fetch(`${registry.url}/v2/`)).headers.get('ratelimit-limit'), null);
  const used = await fetch(`${registry.url}/v2/a/manifests/tag`);
  t.deepEqual(await complaint(used), ['TOOMANYREQUESTS', 'You have reached your pull rate limit.']);
});

test('requests a minute, in a window that slides; a refusal says when to come again', async (t) => {
  const forms = [
    ['seconds', '50', null],
    ['date', 'Thu, 01 Jan 1970 00:01:10 GMT', null],
    ['x-retry-after', null, '70'],
    ['none', null, null],
    [undefined, '50', null],
  ] as const;
  for (const [retryAfter, header, older] of forms) {
    let now = 10_000;
    const limits = { perMinute: 2, ...(retryAfter === undefined ? {} : { retryAfter }) };
    const registry = await start(t, { limits, now: () => now });
    const ask = () => fetch(`${registry.url}/v2/`);
    t.is((await ask()).status, 200);
    now = 20_000;
    t.is((await ask()).status, 200);
    const refused = await ask();
    t.is(refused.status, 429);
    t.is(refused.headers.get('retry-after'), header);
    t.is(refused.headers.get('x-retry-after'), older);
    now = 69_999;
    t.is((await ask()).status, 429);
    now = 70_000;
    t.is((await ask()).status, 200);
    t.is((await ask()).status, 429);
  }
});

test('the most requests at one time are counted', async (t) => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  let arrived = 0;
  const registry = await start(t, {
    async onRequest() {
      if (++arrived === 3) open();
      await gate;
    },
  });
  t.is(registry.inFlight(), 0);
  const answers = await Promise.all([1, 2, 3].map(() => fetch(`${registry.url}/v2/`)));
  t.true(answers.every(({ status }) => status === 200));
  t.is(registry.maxInFlight(), 3);
});

test('an upload that is lost', async (t) => {
  const registry = await start(t, { faults: () => ({ type: 'lost-upload' }) });
  const digest = 'sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';
  const upload = async () => {
    const opened = await fetch(`${registry.url}/v2/a/blobs/uploads/`, { method: 'POST' });
    return fetch(`${opened.headers.get('location')}&digest=${digest}`, { method: 'PUT', body: 'foo' });
  };
  t.is((await upload()).status, 201);
  t.false(registry.hasBlob('a', digest as never));
  t.is((await fetch(`${registry.url}/v2/a/blobs/${digest}`)).status, 404);
  registry.setFaults(null);
  t.is((await upload()).status, 201);
  t.true(registry.hasBlob('a', digest as never));
});

test('a tag that is immutable stays, in the words of each registry; a new tag and another one may be pushed', async (t) => {
  const cases = [
    ['harbor', 412, 'PRECONDITION', "Failed to process request due to 'a/b:v1' configured as immutable."],
    ['quay', 409, 'TAG_IMMUTABLE', 'tag is immutable and cannot be overwritten'],
    [
      ...(['ecr', 400, 'TAG_INVALID'] as const),
      "The image tag 'v1' already exists in the 'ns/a/b' repository and cannot be overwritten because the tag is immutable.",
    ],
  ] as const;
  for (const [like, status, code, message] of cases) {
    const registry = await start(t, { immutable: { tags: /^v\d+$/, like } });
    const one = await registry.putImage('ns/a/b', ['v1', 'other'], { layers: [] });
    const two = await registry.putImage('ns/a/b', ['new'], { layers: [Buffer.from('new')] });
    const put = (tag: string, digest: string) =>
      fetch(`${registry.url}/v2/ns/a/b/manifests/${tag}`, {
        ...{ method: 'PUT', headers: { 'content-type': oci } },
        body: new Uint8Array(registry.manifest('ns/a/b', digest)?.body ?? []),
      });
    for (const digest of [two, one]) {
      const refused = await put('v1', digest);
      t.is(refused.status, status, like);
      t.deepEqual(await complaint(refused), [code, message]);
    }
    t.is(registry.manifest('ns/a/b', 'v1')?.digest, one);
    t.is((await put('v2', two)).status, 201);
    t.is((await put('other', two)).status, 201);
    t.is((await put(two, two)).status, 201);
  }
});
