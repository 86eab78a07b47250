import test from 'ava';
import {
  type Bench,
  createBench,
  first,
  previous,
  promoteByHand,
  second,
  tagAll,
  third,
  told,
} from './doctor-bench.ts';
import { label } from './memory-world.ts';

interface Case {
  readonly plant: (bench: Bench) => unknown;
  /** What is found, with who mends it, in the order of the report. */
  readonly found: readonly string[];
  /** A sentence of it. */
  readonly says: RegExp;
  readonly outcome: 'half-done' | 'waiting';
  /** The writes of the repair; null: there is no plan. */
  readonly writes: readonly string[] | null;
  /** What the first finding advises. */
  readonly todo?: RegExp;
}

const [tag, other] = [`heat-api:${label}`, `nova-compute:${label}`];
const digest = second.containers[0]!.digest;

const bothTags = (registry: string): readonly string[] => [tag, other].map((one) => `registry ${registry} ${one}`);

/** Leaves the promotion of a third set as a killed process does: begun, and some tags moved. */
async function interrupt(bench: Bench, createdAt?: string): Promise<void> {
  const { plan } = await bench.promote(third, { dryRun: true });
  if (plan === null) throw new Error('nothing to promote');
  await bench.ledger.begin({ ...plan, createdAt: createdAt ?? plan.createdAt });
  tagAll(bench, 'rdo', third);
}

const cases: Readonly<Record<string, Case>> = {
  'one tag names another set': {
    plant: ({ disks }) => disks.rdo.pointers.set(tag, third.containers[0]!.digest),
    ...{ found: ['half-moved registry rdo: repair'], outcome: 'half-done', writes: [`registry rdo ${tag}`] },
    says: /^registry rdo: 1 of 2 tags of current-tripleo is of a set that nobody knows \(heat-api:current-tripleo\), the/,
  },
  'a registry is at a set that is no more than a candidate': {
    plant(bench) {
      bench.disks.docker.sets.set(third.fullHash, third);
      tagAll(bench, 'docker', third);
    },
    ...{ found: ['other-set registry docker: repair'], outcome: 'half-done' },
    writes: bothTags('docker'),
    says: new RegExp(`^registry docker: 2 of 2 tags of current-tripleo are of ${third.fullHash} `),
  },
  'tags went back': {
    plant: (bench) => tagAll(bench, 'rdo', first),
    ...{ found: ['backwards registry rdo: repair'], outcome: 'half-done' },
    writes: bothTags('rdo'),
    says: new RegExp(
      `^registry rdo: 2 of 2 tags of current-tripleo went back to ${first.fullHash} .*the repository names`,
    ),
  },
  'a link went back': {
    plant: ({ disks }) => disks.public.pointers.set(label, first.fullHash),
    ...{ found: ['backwards images public: repair'], outcome: 'half-done', writes: [`images public ${label}`] },
    says: /1 of 1 link of current-tripleo went back to/,
  },
  'DLRN promotes by hand, and nothing follows': {
    plant(bench) {
      for (const disk of ['rdo', 'docker', 'public'] as const) bench.disks[disk].sets.set(third.fullHash, third);
      promoteByHand(bench, third);
    },
    found: [
      'moved-by-somebody repository: repair',
      'other-set registry rdo: repair',
      'other-set registry docker: repair',
      'other-set images public: repair',
    ],
    outcome: 'half-done',
    writes: [tag, other]
      .flatMap((one) => [`registry rdo ${one}`, `registry docker ${one}`])
      .concat(`images public ${label}`),
    says: new RegExp(
      `^somebody moved current-tripleo to ${third.fullHash}: promotion p2, the last one, gave it ${second.fullHash}$`,
    ),
  },
  'DLRN goes back by hand': {
    plant: (bench) => promoteByHand(bench, first),
    found: [
      'backwards repository: repair',
      'other-set registry rdo: repair',
      'other-set registry docker: repair',
      'other-set images public: repair',
    ],
    outcome: 'half-done',
    writes: [tag, other]
      .flatMap((one) => [`registry rdo ${one}`, `registry docker ${one}`])
      .concat(`images public ${label}`),
    says: /^current-tripleo went back to .* without a rollback: promotion p2, the last one, gave it /,
  },
  'somebody moved every kind': {
    plant(bench) {
      for (const disk of ['rdo', 'docker', 'public'] as const) bench.disks[disk].sets.set(third.fullHash, third);
      for (const disk of ['rdo', 'docker'] as const) tagAll(bench, disk, third);
      bench.disks.public.pointers.set(label, third.fullHash);
      promoteByHand(bench, third);
    },
    ...{ found: ['moved-by-somebody repository: repair'], outcome: 'half-done', writes: [], says: /^somebody moved/ },
  },
  'the label is gone': {
    plant: ({ disks }) => disks.repository.pointers.delete(label),
    ...{ found: ['moved-by-somebody repository: promotion'], outcome: 'half-done', writes: null },
    ...{
      says: /^current-tripleo is not in the repository any more/,
      todo: /^Promote it anew: promote-symlink with full-/,
    },
  },
  'a tag is absent': {
    plant: ({ disks }) => disks.docker.pointers.delete(tag),
    ...{ found: ['missing-container registry docker: repair'], outcome: 'half-done' },
    ...{ writes: [`registry docker ${tag}`], says: /: 1 tag missing \(heat-api:current-tripleo\)$/ },
  },
  'a manifest is absent, and another registry has it': {
    plant: ({ lost }) => lost.set('docker', ['heat-api is not there']),
    ...{ found: ['missing-container registry docker: repair'], outcome: 'half-done', writes: [] },
    says: /^registry docker has not all of current-tripleo → .*: heat-api is not there$/,
  },
  'an image is absent, and no other store has it': {
    plant: ({ lost }) => lost.set('public', ['overcloud-full.tar is missing']),
    ...{ found: ['missing-image images public: rollback'], outcome: 'half-done', writes: null },
    says: /: overcloud-full.tar is missing$/,
    todo: new RegExp(`^Go back to the last whole set: tagflow rollback current-tripleo --full-hash ${first.fullHash} `),
  },
  'an image is absent, and no earlier set is whole either': {
    plant({ lost, disks }) {
      lost.set('public', ['overcloud-full.tar is missing']);
      disks.public.sets.delete(first.fullHash);
    },
    found: ['missing-image images public: promotion', 'under-construction (previous) images public: promotion'],
    ...{ outcome: 'half-done', writes: null, says: /: overcloud-full.tar is missing$/ },
    todo: /^No earlier set of current-tripleo is whole: promote a new one\.$/,
  },
  'a link is absent': {
    plant: ({ disks }) => disks.public.pointers.delete(label),
    ...{ found: ['missing-image images public: repair'], outcome: 'half-done', writes: [`images public ${label}`] },
    says: /1 link missing \(current-tripleo\)/,
  },
  'a link leads nowhere': {
    plant: ({ disks }) => disks.public.pointers.set(label, third.fullHash),
    ...{ found: ['dangling-link images public: repair'], outcome: 'half-done', writes: [`images public ${label}`] },
    says: new RegExp(`^images public: current-tripleo leads to ${third.fullHash}, where nothing is published$`),
  },
  'a link leads to the right directory, which is not there': {
    plant({ disks, lost }) {
      disks.public.sets.delete(second.fullHash);
      lost.set('public', ['overcloud-full.tar is missing']);
    },
    ...{ found: ['dangling-link images public: rollback'], outcome: 'half-done', writes: null },
    says: new RegExp(`^images public: current-tripleo leads to ${second.fullHash}, which is not there$`),
  },
  'a link leads to what is no hash': {
    plant: ({ disks }) => disks.public.pointers.set(label, 'old-images'),
    ...{ found: ['dangling-link images public: repair'], outcome: 'half-done', writes: [`images public ${label}`] },
    says: /^images public: current-tripleo leads to old-images, where nothing is published$/,
  },
  'a registry has lost its set artifact': {
    plant: ({ disks }) => disks.rdo.sets.delete(second.fullHash),
    ...{ found: ['under-construction registry rdo: repair'], outcome: 'half-done', writes: [] },
    says: /^registry rdo has no set\.json of .*, which current-tripleo names$/,
  },
  'a set.json is partial': {
    plant: ({ disks }) =>
      disks.rdo.sets.set(second.fullHash, { ...second, images: [], containers: second.containers.slice(1) }),
    ...{ found: ['under-construction registry rdo: repair'], outcome: 'half-done', writes: [] },
    says: /^registry rdo has only a part of the set of .*: heat-api, overcloud-full\.tar missing$/,
  },
  'a kind is nowhere': {
    plant({ disks }) {
      for (const { sets } of [disks.rdo, disks.docker, disks.public])
        sets.set(second.fullHash, { ...second, images: [] });
    },
    ...{ found: ['under-construction: person'], outcome: 'half-done', writes: null },
    says: /is under construction: its set has no images$/,
    todo: new RegExp(
      `^Stage its images .*, or: Go back to the last whole set: tagflow rollback current-tripleo --full-hash ${first.fullHash} --reason WHY\\.$`,
    ),
  },
  'no set.json anywhere, and the ledger remembers': {
    plant({ disks }) {
      for (const { sets } of [disks.rdo, disks.docker, disks.public]) sets.delete(second.fullHash);
    },
    ...{ found: ['no-set: repair'], outcome: 'half-done', writes: [] },
    says: /^no set\.json is published for current-tripleo → .*, and only promotion p2 remembers what it was$/,
  },
  'no set.json anywhere, and nobody remembers': {
    plant: (bench) => promoteByHand(bench, third),
    found: ['moved-by-somebody repository: rollback', 'no-set: rollback', 'other-set images public: rollback'],
    ...{ outcome: 'half-done', writes: null, says: /^somebody moved/ },
    todo: new RegExp(
      `^Go back to the last whole set: tagflow rollback current-tripleo --full-hash ${second.fullHash} --reason WHY\\.$`,
    ),
  },
  'two sets contradict each other': {
    plant: ({ disks }) =>
      disks.docker.sets.set(second.fullHash, { ...second, containers: [first.containers[0]!, second.containers[1]!] }),
    ...{ found: ['contradicting-sets registry docker: person'], outcome: 'half-done', writes: null },
    says: /^registry docker and other places publish different sets of .*: heat-api; promotion p2 agrees with the others$/,
  },
  'the place that is asked first contradicts the others, and what was promoted': {
    plant: ({ disks }) => disks.rdo.sets.set(second.fullHash, { ...second, containers: first.containers }),
    ...{ found: ['contradicting-sets registry rdo: person'], outcome: 'half-done', writes: null },
    says: /^registry rdo and other places .*: heat-api, nova-compute; promotion p2 agrees with the others$/,
  },
  'two sets contradict each other, and nobody remembers': {
    plant({ disks, ledger }) {
      ledger.records.clear();
      disks.docker.sets.set(second.fullHash, { ...second, containers: first.containers });
    },
    ...{ found: ['contradicting-sets registry docker: person'], outcome: 'half-done', writes: null },
    says: /publish different sets of .*: heat-api, nova-compute$/,
  },
  'a promotion was interrupted': {
    plant: (bench) => interrupt(bench, '2020-01-01T00:00:00.000Z'),
    found: ['interrupted: resume', 'half-moved registry rdo: resume'].map((one) =>
      one.replace('half-moved', 'other-set'),
    ),
    ...{
      outcome: 'half-done',
      writes: null,
      says: /^promotion p3 of current-tripleo to .* was never ended; it moved nothing$/,
    },
    todo: /^If it does not run any more: tagflow resume current-tripleo\.$/,
  },
  'a promotion is under way': {
    plant: (bench) => interrupt(bench),
    found: ['interrupted: nobody', 'other-set registry rdo: nobody'],
    ...{ outcome: 'waiting', writes: null, says: /^promotion p3 of current-tripleo to .* is under way/ },
    todo: /^Ask again when it has ended\.$/,
  },
  'DLRN holds its label in part': {
    plant: ({ half }) => half.add(label),
    ...{ found: ['half-in-repository repository: repair'], outcome: 'half-done', writes: [] },
    says: /^the repository holds current-tripleo → .* only in part$/,
  },
  'a registry does not answer': {
    plant: ({ down }) => down.add('docker'),
    ...{
      found: ['unreadable registry docker: nobody'],
      outcome: 'waiting',
      writes: null,
      says: /could not be read: 503$/,
    },
  },
  'the repository does not answer': {
    plant: ({ down }) => down.add('repository'),
    ...{ found: ['unreadable repository: nobody'], outcome: 'waiting', writes: null, says: /could not be read: 503$/ },
  },
  'the ledger does not answer': {
    plant: ({ ledger }) => (ledger.history = () => Promise.reject(new Error('disk gone'))),
    ...{
      found: ['unreadable ledger: nobody'],
      outcome: 'waiting',
      writes: null,
      says: /could not be read: disk gone$/,
    },
  },
  'a registry does not answer, and another one drifted': {
    plant(bench) {
      bench.down.add('docker');
      bench.disks.rdo.pointers.delete(tag);
    },
    found: ['unreadable registry docker: nobody', 'missing-container registry rdo: nobody'],
    ...{ outcome: 'half-done', writes: null, says: /503$/ },
  },
  'an optional registry owes': {
    plant(bench) {
      bench.followers.add('docker');
      bench.disks.docker.pointers.delete(tag);
    },
    ...{ found: ['follower-owes registry docker: promotion'], outcome: 'waiting', writes: null },
    says: /^registry docker owes current-tripleo: 1 of 2 tags are not those of .* \(optional\)$/,
  },
  'previous-label drifted': {
    plant: ({ disks }) => disks.rdo.pointers.set(`heat-api:${previous}`, digest),
    ...{ found: ['half-moved (previous) registry rdo: repair'], outcome: 'half-done' },
    ...{ writes: [`registry rdo heat-api:${previous}`], says: /1 of 2 tags of previous-current-tripleo is of b?/ },
  },
};

for (const [name, { plant, found, says, outcome, writes, todo }] of Object.entries(cases)) {
  test(`${name}: it is named, and ${writes === null ? 'no plan mends it' : 'the plan mends it'}`, async (t) => {
    const bench = await createBench();
    await plant(bench);
    bench.writes.length = 0;
    const report = await bench.examine();
    t.deepEqual(report.findings.map(told), found);
    t.regex(report.findings[0]?.sentence ?? '', says);
    if (todo !== undefined) t.regex(report.findings[0]?.todo ?? '', todo);
    t.is(report.outcome, outcome);
    t.deepEqual(bench.writes, [], 'looking writes nothing');
    t.is(report.plan === null, writes === null);
    if (report.plan === null || writes === null) return;
    t.is((await bench.apply(report.plan, { dryRun: true })).outcome, 'planned');
    t.deepEqual(bench.writes, []);
    const applied = await bench.apply(report.plan);
    t.is(applied.outcome, 'done', applied.message);
    t.deepEqual(bench.writes.filter((write) => !write.endsWith(' stage')).sort(), [...writes].sort());
    const again = await bench.examine();
    t.deepEqual(again.findings, []);
    t.is(again.outcome, 'nothing-to-do');
  });
}
