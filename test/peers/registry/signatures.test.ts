import test, { type ExecutionContext } from 'ava';
import { attach, readSignature, signUnderTag, whatIsAttached } from './attached.ts';
import { seedImages, type SourceImage } from './images.ts';
import { copyWithOurs, sourceTag } from './run-ours.ts';
import { startTarget, type Target, type TargetKind, titleOf } from './targets.ts';

// What foreign clients have attached in one registry, they find in the other.
const withSignatures = ['--signatures', 'true'];

interface Signed {
  readonly source: Target;
  readonly images: readonly SourceImage[];
  /** The manifests that something is attached to, and the image that each belongs to. */
  readonly subjects: readonly (readonly [SourceImage, string])[];
}

async function seedSigned(t: ExecutionContext): Promise<Signed> {
  const source = await start(t, { kind: 'real', engine: 'v3', auth: 'anonymous' });
  const images = (await seedImages(source, sourceTag)).filter(({ name }) => name === 'heat-api' || name === 'keystone');
  const [single, index] = images as [SourceImage, SourceImage];
  const { manifests } = JSON.parse(index.text) as { readonly manifests: readonly { readonly digest: string }[] };
  const child = manifests[1]!.digest;
  const sbom = await attach(source, single, single.digest, 'application/vnd.example.sbom');
  await attach(source, single, single.digest, 'application/vnd.example.provenance');
  await attach(source, single, sbom, 'application/vnd.example.signature');
  await attach(source, index, index.digest, 'application/vnd.example.signature');
  await attach(source, index, child, 'application/vnd.example.sbom');
  await signUnderTag(source, single);
  return {
    ...{ source, images },
    subjects: [
      [single, single.digest],
      [index, index.digest],
      [index, child],
    ],
  };
}

const kinds: readonly TargetKind[] = [
  { kind: 'real', engine: 'v2', auth: 'anonymous' },
  { kind: 'real', engine: 'v3', auth: 'basic' },
  { kind: 'lab', engine: 'v2', auth: 'anonymous' },
  { kind: 'lab', engine: 'v3', auth: 'anonymous', referrers: true },
];

for (const kind of kinds) {
  test.serial(`real v3 to ${titleOf(kind)}: oras and regctl find what they found in the source`, async (t) => {
    const { source, images, subjects } = await seedSigned(t);
    const target = await start(t, kind);
    const run = await copyWithOurs(source, target, images, withSignatures);
    t.is(run.outcome, 'done', `${run.message}\n${run.stderr}`);
    for (const [image, digest] of subjects) {
      const expected = await whatIsAttached(source, image, digest);
      t.deepEqual(await whatIsAttached(target, image, digest), expected, `${image.name} ${digest}`);
    }
    t.is(await readSignature(target, images[0]!), await readSignature(source, images[0]!));

    const again = await copyWithOurs(source, target, images, withSignatures);
    t.is(again.exitCode, 0, again.stderr);
    t.is(again.outputs['copied'], '0');
    t.is(again.outputs['bytes-moved'], '0');
  });
}

// A container that is there already is passed by, before anybody looks at what is attached to it.
test.serial('what is attached later is copied by the next run', async (t) => {
  const { source, images } = await seedSigned(t);
  const target = await start(t, { kind: 'real', engine: 'v2', auth: 'anonymous' });
  await copyWithOurs(source, target, images, withSignatures);
  const [image] = images as [SourceImage];
  await attach(source, image, image.digest, 'application/vnd.example.scan');
  const run = await copyWithOurs(source, target, images, withSignatures);
  t.is(run.exitCode, 0, run.stderr);
  const expected = await whatIsAttached(source, image, image.digest);
  t.deepEqual(await whatIsAttached(target, image, image.digest), expected);
});

test.serial('without being asked, nothing is copied but the containers', async (t) => {
  const { source, images } = await seedSigned(t);
  const target = await start(t, { kind: 'real', engine: 'v2', auth: 'anonymous' });
  const run = await copyWithOurs(source, target, images);
  t.is(run.outcome, 'done', run.stderr);
  const [image] = images as [SourceImage];
  t.like(await whatIsAttached(target, image, image.digest), { oras: [] });
});

async function start(t: ExecutionContext, kind: TargetKind): Promise<Target> {
  const target = await startTarget(kind);
  t.teardown(() => target.close());
  return target;
}
