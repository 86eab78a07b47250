import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type ArtifactSet, parseSet } from '@tagflow/model';
import { runForeign } from './foreign.ts';
import { containerReference, crane, readWorld, type WorldSeen } from './read-world.ts';
import { dockerConfig, imageFiles, type Mode, type RealWorld, startRealWorld } from './real-world.ts';
import type { TagflowRun } from './tagflow.ts';

/** Runs the four phases on the real servers, and has foreign tools look at what came out. One world, test after test. */
export function testPhases(mode: Mode): void {
  let world: RealWorld;
  let promoted: ArtifactSet;
  test.before('the peers start', async () => {
    world = await startRealWorld(mode);
  });
  test.after.always('the peers end', () => world?.close());

  test.serial('a wrong password at DLRN is refused, and nothing moves', async (t) => {
    const before = await readWorld(world);
    const run = await world.run(['upstream'], { password: 'not-the-password' });
    t.true(['failed', 'invalid'].includes(run.outcome), run.stderr);
    t.regex(run.message, /password|401|credentials/i);
    t.false(run.stderr.includes('not-the-password'));
    t.deepEqual(await readWorld(world), before);
  });

  test.serial('a wrong password at a registry is refused before a label moves', async (t) => {
    const authFile = join(world.root, 'wrong-auth.json');
    await writeFile(authFile, dockerConfig(world.docker, { username: 'tripleo', password: 'not-the-password' }));
    const run = await world.run(['upstream'], { authFile });
    t.true(['failed', 'invalid'].includes(run.outcome), run.stderr);
    t.true(run.message.includes(`may not log in to ${world.docker.host}`), run.message);
    t.false(run.stderr.includes('not-the-password'));
    t.deepEqual((await readWorld(world)).pointers, repositoryPointers('tripleo-ci-testing', run.outputs['full-hash']));
  });

  test.serial('a failing job blocks: the candidate has its hash in every kind, and nothing else moves', async (t) => {
    const job = jobName(mode, 'ovb-3ctlr_1comp-featureset001');
    world.ci.failJobs.add(job);
    const run = await world.run(['upstream', 'rdo-phase-1']);
    world.ci.failJobs.clear();
    t.is(run.outcome, 'blocked', run.stderr);
    t.is(run.exitCode, 5);
    t.true(run.message.includes(job), run.message);
    t.notRegex(run.stderr, /^rdo-phase-1/m, 'a later phase must not overtake what was stopped');
    const candidate = await readSet(world, 'tripleo-ci-testing');
    t.true(candidate.fullHash === run.outputs['full-hash'], run.outputs['full-hash']);
    t.deepEqual((await readWorld(world)).pointers, allPointers('tripleo-ci-testing', candidate).toSorted());
  });

  function allPointers(label: string, set: ArtifactSet): readonly string[] {
    const { fullHash } = set;
    const kinds = [
      repositoryPointers(label, fullHash),
      containerPointers(mode, label, set),
      imagePointers(label, fullHash),
    ];
    return kinds.flat();
  }

  test.serial('an image server whose host key is not known is refused', async (t) => {
    await world.offerNewHash();
    const before = await readWorld(world);
    const unknown = join(world.root, 'unknown_hosts');
    await writeFile(
      unknown,
      'images.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g\n',
    );
    const run = await world.run(['upstream'], { knownHosts: unknown });
    t.is(run.outcome, 'invalid', run.stderr);
    t.regex(run.message, /host key SHA256:\S+ is not known/);
    const isPin = (pointer: string): boolean => pointer.includes(' tripleo-ci-testing ');
    const others = ({ pointers }: WorldSeen): readonly string[] => pointers.filter((pointer) => !isPin(pointer));
    t.deepEqual(others(await readWorld(world)), others(before));
  });

  test.serial('the four phases run to the end', async (t) => {
    const run = await world.run([]);
    t.is(run.outcome, 'done', run.stderr);
    t.is(run.exitCode, 0);
    t.deepEqual(phasesOf(run), [
      ['upstream', 'done'],
      ['rdo-phase-1', 'done'],
      ['rdo-phase-2', 'done'],
      ['osp-phase-0', 'done'],
    ]);
    promoted = await readSet(world, 'current-tripleo-rdo-internal');
    t.is(run.outputs['full-hash'], promoted.fullHash);
    t.is(promoted.containers.length, 4);
    t.deepEqual(
      promoted.images.map((image) => image.name),
      imageFiles.toSorted(),
    );
  });

  if (mode === 'component') {
    test.serial('the aggregate is what the component line has promoted, and its jobs voted on builds', async (t) => {
      const ask = async (...words: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> =>
        JSON.parse(await runForeign('dlrn/dlrnapi', ['--url', world.dlrn.apiUrl, ...words]));
      const [newest] = await ask('promotion-get', '--promote-name', 'promoted-components', '--limit', '1');
      t.is(newest?.['aggregate_hash'], promoted.fullHash);
      t.is(promoted.repository.builds.length, 3);
      for (const { component, commitHash, distroHash } of promoted.repository.builds) {
        const votes = await ask('repo-status', '--commit-hash', commitHash, '--distro-hash', distroHash);
        const job = `periodic-tripleo-ci-centos-9-standalone-${component}-master`;
        t.true(
          votes.some((vote) => vote['job_id'] === job && vote['success'] === true),
          `${component}: ${job}`,
        );
      }
    });
  }

  test.serial('dlrnapi, crane, curl and readlink find one hash everywhere', async (t) => {
    const labels = ['tripleo-ci-testing', 'current-tripleo', 'current-tripleo-rdo', 'current-tripleo-rdo-internal'];
    const expected = labels.flatMap((label) => allPointers(label, promoted));
    t.deepEqual((await readWorld(world)).pointers, expected.toSorted());
  });

  test.serial('skopeo finds the digests of the set, and crane finds the containers whole', async (t) => {
    const { name, digest } = promoted.containers[0]!;
    for (const registry of [world.rdo, world.docker]) {
      for (const tag of ['current-tripleo', 'current-tripleo-rdo', promoted.fullHash]) {
        const reference = containerReference(registry, mode, name, tag);
        const flags = ['--tls-verify=false', '--authfile', world.authFile, '--format', '{{.Digest}}'];
        t.is(await runForeign('skopeo', ['inspect', ...flags, `docker://${reference}`]), digest);
      }
      const reference = containerReference(registry, mode, name, 'current-tripleo');
      t.regex(await crane(world, 'validate', '--remote', reference), /^PASS/);
      const copy = join(world.root, `copy-${registry.host}`);
      const flags = ['--insecure-policy', '--src-tls-verify=false', '--authfile', world.authFile];
      await runForeign('skopeo', ['copy', ...flags, `docker://${reference}`, `dir:${copy}`]);
      const manifest = await runForeign('sha256sum', [join(copy, 'manifest.json')]);
      t.is(`sha256:${manifest.slice(0, 64)}`, digest);
    }
    const published = await crane(
      world,
      'manifest',
      `${world.rdo.host}/tripleomaster/tagflow-set:${promoted.fullHash}`,
    );
    const [layer] = (JSON.parse(published) as { readonly layers: readonly { readonly digest: string }[] }).layers;
    const blob = await crane(world, 'blob', `${world.rdo.host}/tripleomaster/tagflow-set@${layer!.digest}`);
    t.deepEqual(parseSet(blob, 'the set in the registry').containers, promoted.containers);
  });

  test.serial('curl and md5sum find the images whole', async (t) => {
    for (const image of promoted.images) {
      const url = `${world.nginx.url}/master/rdo_trunk/current-tripleo-rdo/${image.name}`;
      const bytes = join(world.root, image.name);
      await runForeign('curl', ['-sSf', '-o', bytes, url]);
      const line = await runForeign('curl', ['-sSf', `${url}.md5`]);
      const [sum = ''] = (await runForeign('md5sum', [bytes])).split(' ');
      t.true(line.startsWith(sum) && sum === image.md5, `${image.name}: ${line}`);
      await runForeign('md5sum', ['--check', '--strict', '-'], { cwd: world.root, stdin: `${line}\n` });
      const sha256 = await runForeign('curl', ['-sSf', `${url}.sha256`]);
      await runForeign('sha256sum', ['--check', '--strict', '-'], { cwd: world.root, stdin: `${sha256}\n` });
    }
    t.true(promoted.images.length > 0);
  });

  test.serial('what is built on RHEL is in the internal store alone, and the set is handed off', async (t) => {
    const { fullHash } = promoted;
    const found = await runForeign('find', ['images', 'rh1', 'internal', '-name', 'rhel-*.tar'], { cwd: world.root });
    t.deepEqual(
      found.split('\n').toSorted(),
      imageFiles.map((file) => `internal/master/rdo_trunk/${fullHash}/rhel-${file}`).toSorted(),
    );
    const handedOff = await runForeign('cat', [join('hand-off', fullHash, 'set.json')], {
      cwd: world.root,
      trim: false,
    });
    t.is(parseSet(handedOff, 'the set that was handed off').fullHash, fullHash);
    const { sha256 } = JSON.parse(
      await runForeign('cat', [join('hand-off', fullHash, 'manifest.json')], { cwd: world.root }),
    ) as {
      readonly sha256: Readonly<Record<string, string>>;
    };
    t.is(sha256['set.json'], createHash('sha256').update(handedOff).digest('hex'));
  });

  test.serial('an image server that shows another host key than the known one is refused', async (t) => {
    const words = ['sync-images', '--mode', 'verify', '--phase', 'upstream', '--full-hash', promoted.fullHash];
    const run = await world.tagflow(words, { knownHosts: world.sshd.otherKnownHosts }).ended;
    t.true(['failed', 'invalid'].includes(run.outcome), run.stderr);
    t.regex(run.message, /host key is SHA256:\S+, another one than the known one/);
    t.is((await world.tagflow(words).ended).outcome, 'done');
  });

  test.serial('the jobs have voted at DLRN, under their names', async (t) => {
    const { builds } = promoted.repository;
    const { commitHash, distroHash } = builds[0]!;
    const subject =
      mode === 'component'
        ? ['agg-status', '--agg-hash', promoted.fullHash]
        : ['repo-status', '--commit-hash', commitHash, '--distro-hash', distroHash];
    const votes = JSON.parse(await runForeign('dlrn/dlrnapi', ['--url', world.dlrn.apiUrl, ...subject])) as readonly {
      readonly job_id: string;
      readonly success: boolean;
    }[];
    const succeeded = new Set(votes.filter((vote) => vote.success).map((vote) => vote.job_id));
    t.true(succeeded.has(jobName(mode, 'ovb-3ctlr_1comp-featureset001')));
    t.true(succeeded.has('weirdo-master-promote-packstack-scenario001'));
  });

  test.serial('a second run has nothing to promote', async (t) => {
    const before = await readWorld(world);
    const run = await world.run([]);
    t.is(run.exitCode, 0, run.stderr);
    for (const phase of ['upstream', 'rdo-phase-1', 'rdo-phase-2']) {
      t.regex(run.stderr, new RegExp(`${phase}/plan: nothing-to-do`));
    }
    t.regex(run.stderr, /osp-phase-0\/hand-off: nothing-to-do/);
    t.deepEqual(await readWorld(world), before);
  });

  test.serial('a new hash moves the label, and previous-<label> keeps the old one', async (t) => {
    await world.offerNewHash();
    const run = await world.run(['upstream']);
    t.is(run.outcome, 'done', run.stderr);
    const next = await readSet(world, 'current-tripleo');
    t.is(run.outputs['full-hash'], next.fullHash);
    t.not(next.fullHash, promoted.fullHash);
    const { pointers } = await readWorld(world);
    const expected = ['current-tripleo', 'previous-current-tripleo', 'current-tripleo-rdo'].flatMap((label) => {
      const set = label === 'current-tripleo' ? next : promoted;
      return [
        ...repositoryPointers(label, set.fullHash),
        ...containerPointers(mode, label, set),
        `image images/master/rdo_trunk ${label} ${set.fullHash}`,
      ];
    });
    for (const pointer of expected) t.true(pointers.includes(pointer), `${pointer} is not in\n${pointers.join('\n')}`);
  });
}

function jobName(mode: Mode, what: string): string {
  return `periodic-tripleo-ci-centos-${mode === 'classic' ? '7' : '9'}-${what}-master`;
}

function phasesOf(run: TagflowRun): readonly (readonly [string, string])[] {
  const phases = JSON.parse(run.outputs['phases'] ?? '[]') as readonly { phase: string; outcome: string }[];
  return phases.map(({ phase, outcome }) => [phase, outcome] as const);
}

async function readSet(world: RealWorld, label: string): Promise<ArtifactSet> {
  const url = `${world.nginx.url}/master/rdo_trunk/${label}/set.json`;
  return parseSet(await runForeign('curl', ['-sSf', url]), url);
}

function repositoryPointers(label: string, hash: string | undefined): readonly string[] {
  return [`dlrn api ${label} ${hash}`, `dlrn tree ${label} ${hash}`];
}

function containerPointers(mode: Mode, label: string, set: ArtifactSet): readonly string[] {
  const registries = label.endsWith('-internal') ? ['rdo'] : ['rdo', 'docker'];
  const prefix = mode === 'classic' ? 'centos-binary-' : 'openstack-';
  return registries.flatMap((registry) =>
    set.containers.map(({ name, digest }) => `container ${registry}/tripleomaster/${prefix}${name} ${label} ${digest}`),
  );
}

/** The targets are relative: the hash alone, beside the link. */
function imagePointers(label: string, hash: string): readonly string[] {
  const mirrors: Readonly<Record<string, string>> = {
    'current-tripleo': 'rh1',
    'current-tripleo-rdo-internal': 'internal',
  };
  const stores = ['images', ...(mirrors[label] === undefined ? [] : [mirrors[label]])];
  return stores.map((store) => `image ${store}/master/rdo_trunk ${label} ${hash}`);
}
