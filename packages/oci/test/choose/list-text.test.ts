import test from 'ava';
import { readListText, readNames } from '../../src/choose/list-text.ts';
import { OciError } from '../../src/error.ts';
import { parseNamePattern } from '../../src/reference.ts';

const hash = '0123456789abcdef0123456789abcdef';
const other = 'fedcba9876543210fedcba9876543210';
const pattern = parseNamePattern('openstack-{name}');
const read = (text: string, sourceTag = hash) =>
  readListText({ text, title: 'built.log', where: 'logs/built.log' }, pattern, { fullHash: hash, sourceTag });

const good = [
  [
    'plain names',
    'nova-api\n\n# none\nbase # first\n',
    [
      ['base', 'line 4'],
      ['nova-api', 'line 1'],
    ],
  ],
  [
    'names with the tag',
    `openstack-base ${hash}\nopenstack-os ${hash}\n`,
    [
      ['base', 'line 1'],
      ['os', 'line 2'],
    ],
  ],
  [
    'the lines of buildah images, with and without architecture',
    [
      'REPOSITORY                            TAG     IMAGE ID       CREATED         SIZE',
      `127.0.0.1:5001/tripleomaster/openstack-base   ${hash}          1a2b3c4d5e6f   2 minutes ago   300 MB`,
      `127.0.0.1:5001/tripleomaster/openstack-base   ${hash}_x86_64   1a2b3c4d5e6f   2 minutes ago   300 MB`,
      `localhost/tripleomaster/openstack-base        latest           1a2b3c4d5e6f   2 minutes ago   300 MB`,
      `127.0.0.1:5001/tripleomaster/openstack-os     ${hash}_ppc64le  1a2b3c4d5e6f   2 minutes ago   300 MB`,
      '127.0.0.1:5001/tripleomaster/openstack-qdr    <none>           1a2b3c4d5e6f   2 minutes ago   300 MB',
    ].join('\n'),
    [
      ['base', 'line 2'],
      ['os', 'line 5'],
      ['qdr', 'line 6'],
    ],
  ],
  [
    'whole references',
    `quay.io:443/ns/openstack-base:${hash}\nns/os@sha256:00\n`,
    [
      ['base', 'line 1'],
      ['os', 'line 2'],
    ],
  ],
  [
    'a byte order mark, CRLF and CR',
    `\uFEFFbase ${hash}\r\nos\rqdr`,
    [
      ['base', 'line 1'],
      ['os', 'line 2'],
      ['qdr', 'line 3'],
    ],
  ],
  [
    'a JSON list',
    ` ["openstack-nova-api", "base:${hash}"]\n`,
    [
      ['base', 'item 2'],
      ['nova-api', 'item 1'],
    ],
  ],
] as const;

for (const [what, text, expected] of good) {
  test(`reads ${what}`, async (t) => {
    t.deepEqual(await read(text), {
      wanted: expected.map(([name, place]) => ({ name, why: `built.log ${place}` })),
      excluded: [],
    });
  });
}

test("reads tripleo-common's file, whose tags say nothing of the hash", async (t) => {
  const text =
    'container_images:\n- imagename: quay.io/tripleomaster/openstack-os:current-tripleo\n  image_source: tripleo\n';
  t.deepEqual((await read(text)).wanted, [{ name: 'os', why: 'built.log' }]);
});

test('the list of another build is refused with both tags', async (t) => {
  const error = await t.throwsAsync(read(`openstack-base ${other}\nopenstack-os ${other}_x86_64 x\nos ${other}`), {
    instanceOf: OciError,
    code: 'bad-list',
  });
  t.regex(
    error.message,
    new RegExp(`^logs/built.log: .*another build.*base has the tag ${other}.*the hash is ${hash}$`),
  );
  t.is(error.outcome, 'invalid');
  await t.throwsAsync(read(`base ${other}\nos:${other}`), {
    instanceOf: OciError,
    message: `logs/built.log: the list is of the tag ${other}, the hash is ${hash}`,
  });
});

test('one line of another build is enough', async (t) => {
  const text = `base ${hash}\nos ${other}\nqdr\n`;
  await t.throwsAsync(read(text), { instanceOf: OciError, code: 'bad-list', message: /in part: os has the tag fedc/ });
});

test('the tag at the name counts, not the word after it', async (t) => {
  t.is((await read(`openstack-base:${hash} 1a2b3c4d5e6f\n`)).wanted.length, 1);
});

test('the tag may be that of the source', async (t) => {
  const names = (await read('base current-tripleo\nos\n', 'current-tripleo')).wanted.map(({ name }) => name);
  t.deepEqual(names, ['base', 'os']);
  await t.throwsAsync(read(`base ${other}\n`, 'current-tripleo'), {
    instanceOf: OciError,
    message: new RegExp(`of the tag ${other}, the hash is ${hash} and source-tag current-tripleo$`),
  });
});

const bad = [
  ['a page', '\n<!DOCTYPE html><html><title>Login</title>', 'bad-list', /an HTML page/],
  ['an object', '{"schema": "tagflow/set/v1"}', 'bad-list', /no list of names; a set\.json is given as set/],
  ['a list of other things', '["base", 1]', 'bad-list', /no list of names/],
  ['broken JSON', '["base"', 'bad-list', /begins like JSON/],
  ['an empty JSON list', '[]', 'empty-list', /names no container/],
  ['an empty file', '', 'empty-list', /logs\/built\.log names no container/],
  ['comments', '# a\n#b', 'empty-list', /names no container/],
  ['bytes', '\u0000\u0001', 'bad-list', /"\\u0000\\u0001"/],
  ['a way out', '..\n', 'bad-list', /".."/],
  ['upper case', 'Heat-API', 'bad-list', /not names of containers/],
  ['a template', 'container_images_template:\n- imagename: "{{namespace}}/x"\n', 'bad-list', /template/],
  ['long lines', 'X'.repeat(1_000_000), 'bad-list', /^.{1,200}$/],
  ['many wrong lines', 'X\n'.repeat(100_000), 'bad-list', /"X", …: not names/],
] as const;

for (const [what, text, code, message] of bad) {
  test(`refuses ${what}`, async (t) => {
    const error = await t.throwsAsync(read(text), { instanceOf: OciError, code, message });
    t.is(error.outcome, 'invalid');
  });
}

test('names in the input may have tags too', (t) => {
  const expected = { fullHash: hash, sourceTag: hash };
  t.deepEqual(readNames(['openstack-os', `base:${hash}`], pattern, expected).wanted, [
    { name: 'base', why: 'containers' },
    { name: 'os', why: 'containers' },
  ]);
  t.throws(() => readNames(['os:latest'], pattern, expected), { instanceOf: OciError, message: /of the tag latest/ });
});
