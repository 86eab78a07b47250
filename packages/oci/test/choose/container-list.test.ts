import test from 'ava';
import { listedContainers } from '../../src/choose/container-list.ts';
import { OciError } from '../../src/error.ts';
import { parseNamePattern } from '../../src/reference.ts';

const pattern = parseNamePattern('openstack-{name}');

const lists = [
  ['plain names', 'heat-api\nnova-api\n', ['heat-api', 'nova-api']],
  ['a build log', 'openstack-nova-api 0123\nopenstack-heat-api 0123\n', ['heat-api', 'nova-api']],
  ['whole references', 'quay.io/ns/openstack-base:0123\n127.0.0.1:5000/ns/openstack-os@sha256:00\n', ['base', 'os']],
  ['comments, blanks, doubles, CRLF', '# list\r\nbase # the first\r\n\r\nbase\r\n', ['base']],
] as const;

for (const [what, text, names] of lists) {
  test(`reads ${what}`, (t) => {
    t.deepEqual([...new Set(listedContainers(text, pattern, 'list').map(({ name }) => name))].sort(), names);
  });
}

test('an empty list is an error', (t) => {
  for (const text of ['', '\n\n', '# nothing\n']) {
    const error = t.throws(() => listedContainers(text, pattern, 'containers-built.log'), {
      instanceOf: OciError,
      code: 'empty-list',
      message: /containers-built\.log/,
    });
    t.is(error.outcome, 'invalid');
  }
});

test('every wrong line is named', (t) => {
  t.throws(() => listedContainers('base\n<html>\n"Heat"\n', pattern, 'list'), {
    instanceOf: OciError,
    code: 'bad-list',
    message: /"<html>", "\\"Heat\\""/,
  });
});
