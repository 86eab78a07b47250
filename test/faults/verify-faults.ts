import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactSet, FullHash } from '@tagflow/model';
import {
  edit,
  editBytes,
  editImage,
  filesOf,
  flip,
  forget,
  isManifestOf,
  manifestOf,
  patched,
  pushLabelled,
  qcow2At,
  rebuildImage,
  removePackage,
  replaceMetadata,
  rpmOf,
  type Subject,
} from './verify-rig.ts';

/** One thing that may be wrong with a set. */
export interface Fault {
  readonly title: string;
  readonly kind: string;
  readonly says: RegExp;
  readonly depth?: 'quick' | 'full';
  /** Breaks something; may return the set that says of it what a builder would have said. */
  readonly plant: (subject: Subject) => Promise<ArtifactSet | undefined> | ArtifactSet | undefined | void;
}

/** What `tagflow verify` has to find, one at a time. */
export const faults: readonly Fault[] = [
  {
    ...{ title: 'a wrong checksum in repomd.xml', kind: 'repository', depth: 'quick' },
    says: /-primary\.xml\.gz has the sha256 [0-9a-f]{64}, repomd\.xml says 0{64}/,
    plant: (subject) =>
      edit(subject, 'repodata/repomd.xml', (text) =>
        text.replace(/(<checksum type="sha256">)[0-9a-f]+/, `$1${'0'.repeat(64)}`),
      ),
  },
  {
    ...{ title: 'a damaged primary.xml', kind: 'repository' },
    says: /-primary\.xml\.gz has the sha256/,
    plant(subject) {
      const primary = filesOf(subject, 'repodata').find((name) => name.includes('primary'));
      editBytes(subject, `repodata/${primary}`, (bytes) => flip(bytes, 40));
    },
  },
  {
    ...{ title: 'a primary.xml that was cut', kind: 'repository', depth: 'quick' },
    says: /-primary\.xml\.gz has 99 bytes, repomd\.xml says \d+/,
    plant(subject) {
      const primary = filesOf(subject, 'repodata').find((name) => name.includes('primary'));
      editBytes(subject, `repodata/${primary}`, (bytes) => bytes.subarray(0, 99));
    },
  },
  {
    ...{ title: 'a wrong checksum of what primary.xml holds', kind: 'repository', depth: 'quick' },
    says: /-primary\.xml\.gz has the sha256 [0-9a-f]{64} when it is decompressed, repomd\.xml says 0{64}/,
    plant: (subject) =>
      edit(subject, 'repodata/repomd.xml', (text) =>
        text.replace(/(<open-checksum type="sha256">)[0-9a-f]+/, `$1${'0'.repeat(64)}`),
      ),
  },
  {
    ...{ title: 'a package that is missing', kind: 'packages' },
    says: /\.noarch\.rpm answered 404/,
    plant: removePackage,
  },
  {
    ...{ title: 'a package of another size', kind: 'packages' },
    says: /\.noarch\.rpm has \d+ bytes, primary\.xml says \d+/,
    plant: (subject) => editBytes(subject, rpmOf(subject.world), (bytes) => Buffer.concat([bytes, bytes])),
  },
  {
    ...{ title: 'a package with other bytes', kind: 'packages', depth: 'full' },
    says: /\.noarch\.rpm has the sha256 [0-9a-f]{64}, primary\.xml says [0-9a-f]{64}/,
    plant: (subject) => editBytes(subject, rpmOf(subject.world), (bytes) => flip(bytes, 0)),
  },
  {
    ...{ title: 'an empty repository', kind: 'repository', depth: 'quick' },
    says: /-primary\.xml\.gz lists no packages: the repository is empty/,
    plant: (subject) => replaceMetadata(subject, []),
  },
  {
    ...{ title: 'a package that lies in another directory', kind: 'packages' },
    says: /the location "\.\.\/\.\.\/other\.rpm" climbs out of the repository/,
    plant: (subject) => replaceMetadata(subject, subject.world.lab.dlrn.state.commits.slice(-1), '../../other.rpm'),
  },
  {
    ...{ title: 'a package on another server', kind: 'packages' },
    says: /the location "https:\/\/example\.org\/other\.rpm" is on another server, example\.org/,
    plant: (subject) =>
      replaceMetadata(subject, subject.world.lab.dlrn.state.commits.slice(-1), 'https://example.org/other.rpm'),
  },
  {
    ...{ title: 'the delorean.repo of another hash', kind: 'repository', depth: 'quick' },
    says: /delorean\.repo names 0{40}_[0-9a-f]{8}, and the hash is/,
    plant: (subject) =>
      edit(subject, 'delorean.repo', (text) =>
        text.replace(/\/..\/..\/[0-9a-f]{40}(_[0-9a-f]{8})/, `/00/00/${'0'.repeat(40)}$1`),
      ),
  },
  {
    ...{ title: 'changed bytes of a manifest', kind: 'container', depth: 'quick' },
    says: /heat-api@sha256:[0-9a-f]{64} is not JSON/,
    plant: ({ world }) =>
      world.lab.rdo.setFaults((request) => (isManifestOf('heat-api', request) ? { type: 'corrupt' } : null)),
  },
  {
    ...{ title: 'a config that is missing', kind: 'container', depth: 'quick' },
    says: /GET blob .*keystone@sha256:[0-9a-f]{64}.*404/,
    plant: (subject) => forget(subject, 'keystone', ({ config }) => config.digest),
  },
  {
    ...{ title: 'a layer that is missing', kind: 'container' },
    says: /keystone@sha256:[0-9a-f]{64}: the layer is not there/,
    plant: (subject) => forget(subject, 'keystone', ({ layers }) => layers[1]?.digest),
  },
  {
    ...{ title: 'changed bytes of a layer', kind: 'container', depth: 'full' },
    says: /layer .*keystone@sha256:[0-9a-f]{64}/,
    plant(subject) {
      const { layers } = manifestOf(subject, 'keystone');
      subject.world.lab.rdo.setFaults(({ method, reference }) =>
        method === 'GET' && reference === layers[1]?.digest ? { type: 'corrupt' } : null,
      );
    },
  },
  {
    ...{ title: 'a container of another hash', kind: 'container', depth: 'quick' },
    says: /its label lab\.full-hash says that it was built from f{32}/,
    plant: async ({ world, set }) => {
      const digest = await pushLabelled(world, 'f'.repeat(32));
      return { ...set, containers: set.containers.map((entry) => ({ ...entry, digest })) };
    },
  },
  {
    ...{ title: 'a flipped byte of an image', kind: 'image' },
    says: /overcloud-full\.tar has the sha256 [0-9a-f]{64}, expected [0-9a-f]{64}; .* has the md5/,
    async plant(subject) {
      await editImage(subject, (bytes) => flip(bytes, 20_000));
    },
  },
  {
    ...{ title: 'a truncated image', kind: 'image', depth: 'quick' },
    says: /overcloud-full\.tar has 10000 bytes, the set says \d+/,
    async plant(subject) {
      await editImage(subject, (bytes) => bytes.subarray(0, 10_000));
    },
  },
  {
    ...{ title: 'a wrong md5 beside an image', kind: 'image', depth: 'quick' },
    says: /overcloud-full\.tar\.md5 says 0{32}, the set says [0-9a-f]{32}/,
    plant: ({ folder }) => writeFile(join(folder, 'overcloud-full.tar.md5'), `${'0'.repeat(32)}  overcloud-full.tar\n`),
  },
  {
    ...{ title: 'an image that is missing', kind: 'image', depth: 'quick' },
    says: /overcloud-full\.tar is not there/,
    plant: ({ folder }) => rm(join(folder, 'overcloud-full.tar')),
  },
  {
    ...{ title: 'a broken qcow2 in a tar that is as it was built', kind: 'image' },
    says: /^\S+ overcloud-full\.qcow2 in it: its qcow2 version is 9, expected 2 or 3/,
    plant: (subject) => rebuildImage(subject, (bytes) => patched(bytes, qcow2At + 4, [0, 0, 0, 9])),
  },
  {
    ...{ title: 'a qcow2 that needs another file', kind: 'image' },
    says: /^\S+ overcloud-full\.qcow2 in it: it needs another file, "base\.qcow2"/,
    plant: (subject) =>
      rebuildImage(subject, (bytes) => {
        const name = Buffer.from('base.qcow2');
        const offset = patched(bytes, qcow2At + 8, [0, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, name.length]);
        return patched(offset, qcow2At + 200, [...name]);
      }),
  },
  {
    ...{ title: 'a tar that was cut before it was described', kind: 'image' },
    says: /^\S+overcloud-full\.tar is cut short: "overcloud-full\.qcow2" has \d+ bytes, and 9488 are there/,
    plant: (subject) => rebuildImage(subject, (bytes) => bytes.subarray(0, 10_000)),
  },
  {
    ...{ title: 'the set of another hash', kind: 'set', depth: 'quick' },
    says: /the set that was given is of f{32}/,
    plant: ({ set }) => ({ ...set, fullHash: 'f'.repeat(32) as FullHash }),
  },
  {
    ...{ title: 'a set without containers', kind: 'set', depth: 'quick' },
    says: /the set has no containers/,
    plant: ({ set }) => ({ ...set, containers: [] }),
  },
  {
    ...{ title: 'a set without images', kind: 'set', depth: 'quick' },
    says: /the set has no images for http:\S+, which is public/,
    plant: ({ set }) => ({ ...set, images: [] }),
  },
];
