import test from 'ava';
import fc from 'fast-check';
import { knownArches } from '../../src/choose/arches.ts';
import { type ArchManifest, assembleIndex } from '../../src/choose/assemble-index.ts';
import { platformChild } from '../../src/choose/platform-child.ts';
import { OciError } from '../../src/error.ts';
import { mediaTypes, parseManifest, sha256 } from '../../src/manifest.ts';

const [x86, ppc, arm] = knownArches;
if (x86 === undefined || ppc === undefined || arm === undefined) throw new Error('three are known');

function image(arch: ArchManifest['arch'], salt = '', mediaType: string = mediaTypes.ociManifest): ArchManifest {
  const config = { mediaType: 'x', digest: sha256(Buffer.from(arch.name + salt)), size: 3 };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] }));
  return { arch, manifest: parseManifest(bytes, mediaType, arch.name) };
}

const docker = mediaTypes.dockerManifest;

test('the index names the platform, the size and the digest of each image', (t) => {
  const [one, two] = [image(ppc, '', docker), image(x86, '', docker)];
  const index = assembleIndex([one, two]);
  t.is(index.mediaType, mediaTypes.dockerList);
  t.is(
    Buffer.from(index.bytes).toString(),
    '{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[' +
      `{"mediaType":"${docker}","size":${two.manifest.bytes.length},"digest":"${two.manifest.digest}",` +
      '"platform":{"architecture":"amd64","os":"linux"}},' +
      `{"mediaType":"${docker}","size":${one.manifest.bytes.length},"digest":"${one.manifest.digest}",` +
      '"platform":{"architecture":"ppc64le","os":"linux"}}]}',
  );
  t.is(index.digest, sha256(index.bytes));
  t.deepEqual(
    index.children.map(({ digest }) => digest),
    [two.manifest.digest, one.manifest.digest],
  );
});

test('one image in OCI form makes the index one', (t) => {
  t.is(assembleIndex([image(x86), image(ppc)]).mediaType, mediaTypes.ociIndex);
  t.is(assembleIndex([image(x86, '', docker), image(ppc)]).mediaType, mediaTypes.ociIndex);
});

test('the same images give the same digest in any order, and other images another', (t) => {
  const lists = fc.shuffledSubarray([...knownArches], { minLength: 1 });
  fc.assert(
    fc.property(
      lists,
      fc.string({ maxLength: 4 }),
      fc.constantFrom(docker, mediaTypes.ociManifest),
      (arches, salt, type) => {
        const images = arches.map((arch) => image(arch, salt, type));
        const index = assembleIndex(images);
        t.is(assembleIndex([...images].reverse()).digest, index.digest);
        for (const { arch, manifest } of images) t.is(platformChild(index, arch), manifest.digest);
        const [first, ...rest] = images;
        if (first === undefined) return;
        t.not(assembleIndex([image(first.arch, `${salt}x`, type), ...rest]).digest, index.digest);
      },
    ),
  );
});

const impossible = [
  ['nothing', [], /not none/],
  ['two of one architecture', [image(x86), image(x86, 'b')], /not x86_64, x86_64/],
  ['an index', [{ arch: x86, manifest: assembleIndex([image(x86)]) }, image(ppc)], /one image for each/],
  [
    'an architecture that is not known',
    [{ ...image(x86), arch: { name: 'sparc', architecture: 'sparc' } }],
    /not none/,
  ],
] as const;

for (const [what, images, message] of impossible) {
  test(`no index is made of ${what}`, (t) => {
    t.throws(() => assembleIndex(images), { instanceOf: OciError, code: 'impossible', message });
  });
}

test('the child of a platform is one on Linux, without a variant first', (t) => {
  const digests = [...'abcde'].map((letter) => sha256(Buffer.from(letter)));
  const platforms = [
    { architecture: 'arm64', os: 'windows' },
    { architecture: 'unknown', os: 'unknown' },
    { architecture: 'arm64', os: 'linux', variant: 'v8' },
    { architecture: 'arm64', os: 'linux' },
    undefined,
  ];
  const manifests = digests.map((digest, at) => ({ mediaType: docker, size: 1, digest, platform: platforms[at] }));
  const indexOf = (list: readonly unknown[]) =>
    parseManifest(Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: list })), mediaTypes.dockerList, 'index');
  t.is(platformChild(indexOf(manifests), arm), digests[3] ?? null);
  t.is(platformChild(indexOf(manifests.slice(0, 3)), arm), digests[2] ?? null);
  t.is(platformChild(indexOf(manifests.slice(0, 2)), arm), null);
  t.is(platformChild(indexOf(manifests), x86), null);
});
