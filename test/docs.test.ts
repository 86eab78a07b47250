import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  createLabBuilder,
  createVirtualClock,
  directoryOf,
  type LabRegistry,
  startLabDlrn,
  startLabRegistry,
} from '@tagflow/lab';
import { fullHashOfCommit } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { parse, stringify } from 'yaml';
import { root } from '../scripts/workspaces.ts';
import { blocks, commandsOf, makeFolder, pages, shell, shellWithNpx, tagflow, withoutPorts } from './docs-page.ts';

// docs/containers.md, as a reader would follow it: its tagflow.yaml, and every command, in one folder. The servers that
// it names are stood in for on loopback. The other pages have tests of their own.

const containers = commandsOf('containers.md');

const names = ['base', 'heat-api', 'neutron-mlnx-agent', 'nova-api'];
const user = { username: 'lab', password: 'lab-password' };
const quayToken = 'lab-quay-token';

interface Reader {
  readonly registries: Readonly<Record<'rdo' | 'docker' | 'quay' | 'other', LabRegistry>>;
  readonly hash: string;
  readonly repoUrl: string;
  run(command: string): Promise<{ readonly outcome: string; readonly outputs: Readonly<Record<string, string>> }>;
}

/** Starts what docs/containers.md speaks of, and returns its reader. */
async function startReader(t: ExecutionContext): Promise<Reader> {
  const folder = await makeFolder(t);
  const start = async (options = {}): Promise<LabRegistry> => {
    const registry = await startLabRegistry(options);
    t.teardown(() => registry.close());
    return registry;
  };
  const quay = await start({ quay: { token: quayToken }, auth: { ...user, anonymousPull: true } });
  const registries = { rdo: await start(), docker: await start(), quay, other: await start() };

  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const project = { name: 'openstack-tripleo-common', component: 'tripleo' };
  const dlrn = await startLabDlrn({ clock, mode: 'classic', projects: [project] });
  t.teardown(() => dlrn.close());
  const row = createLabBuilder({ dlrn: dlrn.state, clock, seed: 'docs' }).build();
  const hash = fullHashOfCommit(row);
  for (const name of names) {
    const layers = [Buffer.alloc(10_000, 'base'), Buffer.from(name)];
    const repository = `master/centos-binary-${name}`;
    await registries.rdo.putImage(repository, [hash, `${hash}_x86_64`], { layers });
    await registries.rdo.putImage(repository, [`${hash}_ppc64le`], { layers, architecture: 'ppc64le' });
    await writeLayout(join(folder, 'built', name), registries.rdo, repository, hash);
    // As cosign signs: by a tag.
    const signature = `${registries.rdo.manifest(repository, hash)?.digest.replace(':', '-')}.sig`;
    await registries.rdo.putImage(repository, [signature], { layers: [Buffer.from(`signature of ${name}`)] });
  }
  const opendev = await serve(t, (path) =>
    path.endsWith(`/${row.commitHash}/container-images/overcloud_containers.yaml`)
      ? `container_images:\n${names.map((name) => `- imagename: docker.io/tripleomaster/centos-binary-${name}:x\n`).join('')}`
      : null,
  );

  const real: Readonly<Record<string, string>> = {
    'https://trunk.registry.rdoproject.org': registries.rdo.url,
    'https://docker.io': registries.docker.url,
    'https://quay.io': registries.quay.url,
    'https://opendev.org': opendev,
  };
  const onLoopback = (text: string): string =>
    Object.entries(real).reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  const part = onLoopback(blocks('containers.md', 'yaml')[0] ?? '');
  await writeFile(join(folder, 'tagflow.yaml'), wholeConfig(part, dlrn));
  await writeFile(join(folder, 'containers-built.log'), names.map((name) => `${name} ${hash}\n`).join(''));
  await writeFile(join(folder, 'quay-token'), `${quayToken}\n`);
  const auths = { [quay.host]: { auth: btoa(`${user.username}:${user.password}`) } };
  await writeFile(join(folder, 'auth.json'), JSON.stringify({ auths }));

  const repoUrl = `${dlrn.reposUrl}/${directoryOf(row)}`;
  const own = {
    ...{ HASH: hash, TARGET: `${registries.other.url}/tripleomaster` },
    ...{ REPO_URL: repoUrl, REGISTRY_AUTH_FILE: join(folder, 'auth.json') },
  };
  return {
    ...{ registries, hash, repoUrl },
    run: async (command) => {
      const line = onLoopback(command).replace('npx tagflow', `exec ${tagflow}`);
      const { error, stdout, stderr } = await shell(line, folder, own);
      if (stdout === '') throw error ?? new Error(stderr);
      return JSON.parse(stdout) as Awaited<ReturnType<Reader['run']>>;
    },
  };
}

/** The page shows the part that it is about. */
function wholeConfig(part: string, { apiUrl, reposUrl }: Readonly<Record<'apiUrl' | 'reposUrl', string>>): string {
  const { registries, phases } = parse(part) as {
    readonly registries: object;
    readonly phases: { readonly upstream: { readonly promote: object } };
  };
  const promote = { from: 'tripleo-ci-testing', to: 'current-tripleo', criteria: { 'all-of': ['job'] } };
  const upstream = {
    pin: { from: 'consistent', to: 'tripleo-ci-testing' },
    test: { command: ['true'], jobs: ['job'] },
    promote: { ...promote, ...phases.upstream.promote },
  };
  const dlrn = { 'api-url': apiUrl, 'repos-url': reposUrl };
  return stringify({ release: 'master', distro: 'centos7', dlrn, registries, phases: { upstream } });
}

/** Writes an image of a registry as a build would leave it. */
async function writeLayout(folder: string, from: LabRegistry, repository: string, tag: string): Promise<void> {
  const manifest = from.manifest(repository, tag);
  if (manifest === null) throw new Error(`no ${repository}:${tag}`);
  const { config, layers } = JSON.parse(manifest.body.toString()) as {
    readonly config: { readonly digest: string };
    readonly layers: readonly { readonly digest: string }[];
  };
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  for (const { digest } of [config, ...layers]) {
    const blob = await fetch(`${from.url}/v2/${repository}/blobs/${digest}`);
    await writeFile(join(folder, 'blobs', digest.replace(':', '/')), Buffer.from(await blob.arrayBuffer()));
  }
  const { mediaType, digest, body } = manifest;
  await writeFile(join(folder, 'blobs', digest.replace(':', '/')), body);
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const manifests = [{ mediaType, digest, size: body.length, annotations }];
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}

async function serve(t: ExecutionContext, textAt: (path: string) => string | null): Promise<string> {
  const server = createServer((request, response) => {
    const text = textAt(request.url ?? '');
    response.writeHead(text === null ? 404 : 200).end(text ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** How each command that copies containers is known by, and how it ends. */
const ends: readonly (readonly [mark: string, outcome: string, copied: string])[] = [
  ['--containers containers-built.log --dry-run', 'planned', '6'],
  ['--containers-from namespace', 'planned', '6'],
  ['--containers-from tripleo-common', 'planned', '6'],
  ["--source 'oci:built/{name}'", 'done', '4'],
  ['--arches x86_64,ppc64le', 'planned', '9'],
  ['--signatures true', 'done', '4'],
  ['--quay-token-file quay-token', 'done', '6'],
];
const inLab = 'npx tagflow lab up -- sh';
const lookUp = 'npx tagflow get-repo-hash';
/** The only one that is not run: it takes its time. */
const benchmark = 'npm run bench -- containers';

test('every page of docs/ has a test', (t) => {
  t.deepEqual(pages, [
    ...['builds.md', 'containers.md', 'debugging.md', 'first-promotion.md', 'from-the-old-promoter.md', 'images.md'],
    ...[
      'operations.md',
      'promotion.md',
      'releasing.md',
      'tests.md',
      'troubleshooting.md',
      'your-own-systems.md',
      'zuul.md',
    ],
  ]);
});

test('docs/containers.md: every command is run by a test', (t) => {
  const marks = [inLab, lookUp, benchmark, ...ends.map(([mark]) => mark)];
  for (const command of containers) {
    const known = marks.filter((mark) => (mark.startsWith('np') ? command.startsWith(mark) : command.includes(mark)));
    t.is(known.length, 1, command);
  }
  t.is(containers.length, marks.length);
  t.true(existsSync(join(root, 'test', 'bench', 'containers.bench.ts')));
});

for (const [mark, outcome, copied] of ends) {
  test(`docs/containers.md: ${mark}`, async (t) => {
    const reader = await startReader(t);
    const command = containers.find((line) => line.includes(mark)) ?? '';
    const result = await reader.run(command);
    t.is(result.outcome, outcome, JSON.stringify(result));
    t.is(result.outputs['copied'], copied);
    const { docker, quay, other } = reader.registries;
    const written = [docker, quay, other].some((registry) => registry.repositories().length > 0);
    t.is(written, outcome === 'done', 'a dry run writes nothing');
    if (mark.includes('quay')) t.is(quay.visibility('tripleomaster/openstack-base'), 'public');
    const signatures = other.tags('tripleomaster/openstack-base').filter((tag) => tag.endsWith('.sig'));
    t.is(signatures.length, mark.includes('signatures') ? 1 : 0);
  });
}

test('docs/containers.md: HASH and REPO_URL are what get-repo-hash finds', async (t) => {
  const reader = await startReader(t);
  const { outcome, outputs } = await reader.run(containers.find((line) => line.startsWith(lookUp)) ?? '');
  t.is(outcome, 'done');
  t.like(outputs, { 'full-hash': reader.hash, 'repo-url': reader.repoUrl });
});

test('docs/containers.md: the command in a lab ends as the page shows it', async (t) => {
  const command = containers.find((line) => line.startsWith(inLab)) ?? '';
  const { error, stdout, stderr } = await shellWithNpx(t, command);
  t.is(error, null, stderr);
  t.like(JSON.parse(stdout), { outcome: 'done', outputs: { copied: '24' } });
  t.is(withoutPorts(stderr.trim().split('\n').at(-1) ?? ''), withoutPorts(blocks('containers.md', 'text')[0] ?? '-'));
});
