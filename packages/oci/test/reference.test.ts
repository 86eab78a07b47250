import test from 'ava';
import { OciError } from '../src/error.ts';
import { formatNamespace, parseNamePattern, parseNamespace, repositoryIn } from '../src/reference.ts';

const good = [
  ['https://quay.io/tripleomaster', 'quay.io', 'https://quay.io', 'tripleomaster'],
  ['https://registry.example:5000/a/b/', 'registry.example:5000', 'https://registry.example:5000', 'a/b'],
  ['http://127.0.0.1:5001/ns', '127.0.0.1:5001', 'http://127.0.0.1:5001', 'ns'],
  ['http://localhost/ns', 'localhost', 'http://localhost', 'ns'],
  ['http://[::1]:5000/ns', '[::1]:5000', 'http://[::1]:5000', 'ns'],
  ['127.0.0.1:5001/ns', '127.0.0.1:5001', 'http://127.0.0.1:5001', 'ns'],
  ['quay.io/tripleomaster', 'quay.io', 'https://quay.io', 'tripleomaster'],
  ['https://registry.example', 'registry.example', 'https://registry.example', ''],
  ['docker.io/tripleomaster', 'docker.io', 'https://registry-1.docker.io', 'tripleomaster'],
  ['https://index.docker.io/tripleomaster', 'docker.io', 'https://registry-1.docker.io', 'tripleomaster'],
  ['docker.io', 'docker.io', 'https://registry-1.docker.io', 'library'],
] as const;

for (const [text, name, origin, path] of good) {
  test(`${text} is ${path || 'the top'} of ${name}`, (t) => {
    t.deepEqual(parseNamespace(text), { registry: { name, origin }, path });
  });
}

const bad = [
  ['http://registry.example/ns', /loopback/],
  ['https://user:secret@registry.example/ns', /credentials/],
  ['ftp://registry.example/ns', /scheme/],
  ['https://registry.example/Upper', /namespace/],
  ['https://registry.example/ns?x=1', /query/],
  ['https://', /URL/],
] as const;

for (const [text, message] of bad) {
  test(`${text} is refused`, (t) => {
    const error = t.throws(() => parseNamespace(text), { instanceOf: OciError, code: 'bad-reference', message });
    t.is(error.outcome, 'invalid');
    t.false(error.message.includes('secret'));
  });
}

test('plain http beyond loopback has to be asked for', (t) => {
  t.is(parseNamespace('http://registry.example/ns', { plainHttp: true }).registry.origin, 'http://registry.example');
});

test('a namespace is written without its scheme, and holds repositories', (t) => {
  const namespace = parseNamespace('https://quay.io/a/b');
  t.is(formatNamespace(namespace), 'quay.io/a/b');
  t.is(repositoryIn(namespace, 'openstack-base'), 'a/b/openstack-base');
  t.is(repositoryIn(parseNamespace('https://quay.io'), 'base'), 'base');
});

test('a name pattern formats and parses', (t) => {
  const pattern = parseNamePattern('centos-binary-{name}');
  t.is(pattern.format('heat-api'), 'centos-binary-heat-api');
  t.is(pattern.parse('centos-binary-heat-api'), 'heat-api');
  t.is(pattern.parse('openstack-heat-api'), null);
  t.is(pattern.parse('centos-binary-'), null);
});

for (const text of ['openstack-', '{name}-{name}', 'Openstack-{name}', '../{name}']) {
  test(`name pattern ${text} is refused`, (t) => {
    t.throws(() => parseNamePattern(text), { instanceOf: OciError, code: 'bad-reference' });
  });
}
