import test from 'ava';
import fc from 'fast-check';
import { archTag, knownArches, parseArches, withoutArch } from '../../src/choose/arches.ts';
import { OciError } from '../../src/error.ts';

const good = [
  ['x86_64', ['x86_64 amd64']],
  ['x86_64,ppc64le', ['x86_64 amd64', 'ppc64le ppc64le']],
  ['ppc64le, x86_64', ['ppc64le ppc64le', 'x86_64 amd64']],
  ['aarch64\ns390x,,aarch64', ['aarch64 arm64', 's390x s390x']],
] as const;

for (const [text, expected] of good) {
  test(`${JSON.stringify(text)} begins with the primary architecture`, (t) => {
    const arches = parseArches(text).map(({ name, architecture }) => `${name} ${architecture}`);
    t.deepEqual(arches, [...expected]);
  });
}

const bad = [
  ['', /nothing is no list/],
  [' , ', /nothing is no list/],
  ['x86_64,sparc', /"sparc" is no list .*known are x86_64, ppc64le, aarch64, s390x$/],
  ['amd64', /"amd64"/],
  ['X86_64', /"X86_64"/],
] as const;

for (const [text, message] of bad) {
  test(`${JSON.stringify(text)} names no architectures`, (t) => {
    const error = t.throws(() => parseArches(text), { instanceOf: OciError, code: 'bad-list', message });
    t.is(error.outcome, 'invalid');
  });
}

test('the ending of a tag comes off again, and nothing else', (t) => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-f]{1,40}$/), fc.constantFrom(...knownArches), (tag, arch) => {
      t.is(withoutArch(archTag(tag, arch)), tag);
      t.is(withoutArch(tag), tag);
    }),
  );
  t.is(withoutArch('12ab_manifest'), '12ab');
  t.is(withoutArch('12ab_34cd'), '12ab_34cd');
});
