import test from 'ava';
import { HttpError } from '@tagflow/http';
import { fetchList, fetchTripleoList, tripleoListTemplate, tripleoListUrl } from '../../src/choose/fetch-list.ts';
import { OciError } from '../../src/error.ts';
import { makeWorld } from '../world.ts';
import { serve } from './serve.ts';

const sha = '3f2a91c0d4e5f60718293a4b5c6d7e8f90a1b2c3';

test('the list of a commit is at its own address', (t) => {
  t.is(
    tripleoListUrl(tripleoListTemplate, sha),
    `https://opendev.org/openstack/tripleo-common/raw/commit/${sha}/container-images/tripleo_containers.yaml`,
  );
});

const badTemplates = [
  ['https://opendev.org/x.yaml', sha, /must hold \{sha\}/],
  ['http://opendev.org/{sha}', sha, /https/],
  ['file:///etc/{sha}', sha, /https/],
  ['//{sha}', sha, /not a URL/],
  ['https://user:secret@opendev.org/{sha}', sha, /credentials/],
  [tripleoListTemplate, 'master', /"master": it is not a whole commit sha/],
  [tripleoListTemplate, '../..', /whole commit sha/],
  [tripleoListTemplate, sha.slice(1), /whole commit sha/],
  [tripleoListTemplate, '', /whole commit sha/],
] as const;

for (const [template, commit, message] of badTemplates) {
  test(`no address comes of ${template} and ${JSON.stringify(commit)}`, (t) => {
    const error = t.throws(() => tripleoListUrl(template, commit), {
      instanceOf: OciError,
      code: 'bad-reference',
      message,
    });
    t.is(error.outcome, 'invalid');
    t.false(error.message.includes('secret'));
  });
}

test('the file of a commit comes with a short name for it', async (t) => {
  const { api } = makeWorld(t).effects;
  const { url, asked } = await serve(t, (_request, response) => response.end('container_images: []'));
  t.deepEqual(await fetchTripleoList(api, sha, `${url}/{sha}/tripleo_containers.yaml`), {
    text: 'container_images: []',
    title: 'tripleo_containers.yaml at 3f2a91c0',
    where: 'tripleo_containers.yaml at 3f2a91c0',
  });
  t.deepEqual(asked, [`/${sha}/tripleo_containers.yaml`]);
});

test('a commit without the file is named', async (t) => {
  const { api } = makeWorld(t).effects;
  const { url } = await serve(t, (_request, response) => response.writeHead(404).end('<html>'));
  const error = await t.throwsAsync(fetchTripleoList(api, sha, `${url}/{sha}/tripleo_containers.yaml`), {
    instanceOf: OciError,
    code: 'not-found',
    message: new RegExp(`no tripleo_containers.yaml at its commit ${sha}`),
  });
  t.regex(error.next ?? '', /overcloud_containers\.yaml/);
});

test('a list has the name of its file; what its address gives rights to is not told', async (t) => {
  const { api } = makeWorld(t).effects;
  const { url } = await serve(t, (_request, response) => response.end('base\n'));
  t.deepEqual(await fetchList(api, `${url}/logs/containers-built.log?token=secret`), {
    text: 'base\n',
    title: 'containers-built.log',
    where: `${url}/logs/containers-built.log?token=***`,
  });
});

const answers = [
  ['a page with status 200', 200, '\n <!DOCTYPE html><title>Login</title>', 'unexpected-answer', 'failed', /HTML page/],
  ['404', 404, 'not found', 'not-found', 'failed', /there is no list at .*token=\*\*\*: 404/],
  ['403', 403, '', 'unexpected-answer', 'failed', /403, expected a list/],
  ['503, three times', 503, '', 'unexpected-answer', 'waiting', /503/],
] as const;

for (const [what, status, body, code, outcome, message] of answers) {
  test(`${what} is no list`, async (t) => {
    const { api } = makeWorld(t).effects;
    const { url } = await serve(t, (_request, response) => response.writeHead(status).end(body));
    const error = await t.throwsAsync(fetchList(api, `${url}/x.log?token=secret`), {
      instanceOf: OciError,
      code,
      message,
    });
    t.is(error.outcome, outcome);
    t.false(error.message.includes('secret'));
  });
}

test('an answer without end is cut off', async (t) => {
  const { api } = makeWorld(t).effects;
  const chunk = Buffer.alloc(1024 * 1024, 'base\n');
  let sent = 0;
  const { url } = await serve(t, (_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(chunk)) sent += 1;
      response.once('drain', more);
    };
    more();
  });
  await t.throwsAsync(fetchList(api, `${url}/x.log`), {
    instanceOf: HttpError,
    code: 'too-large',
    message: /16777216 bytes/,
  });
  t.true(sent < 64);
});
