import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type AnyAction, systemClock } from '@tagflow/action-kit';
import { action as buildImages } from '@tagflow/build-images';
import { action as getRepoHash } from '@tagflow/get-repo-hash';
import { action as handOff } from '@tagflow/hand-off';
import type { Lab } from '@tagflow/lab';
import { type Clock, type FullHash, type Outcome, parseFullHash } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import { action as reportResult } from '@tagflow/report-result';
import { action as runFeaturesetTests } from '@tagflow/run-featureset-tests';
import { action as syncImages } from '@tagflow/sync-images';
import { action as tagAndPush } from '@tagflow/tag-and-push-containers';
import anyTest, { type TestFn } from 'ava';
import {
  type LabWorld,
  promoteArgs,
  runArgs,
  stageBuild,
  startLabWorld,
  subtree,
  type Tree,
} from '../pipelines/lab-world.ts';
import { answerOf } from '../pipelines/tagflow.ts';
import { imageFolder, readAllTruths, readTruth } from '../pipelines/truth.ts';
import { allOn, promote } from './scenario.ts';

/**
 * One lab for all: a set that was promoted, and one that waits for it with every vote. Whatever is wrong in a test is
 * the only thing between that candidate and the label.
 */
interface Context {
  readonly world: LabWorld;
  readonly promoted: FullHash;
  readonly candidate: FullHash;
  /** Answers everything with the welcome page of a web server. */
  readonly htmlUrl: string;
  readonly close: () => Promise<void>;
}

const test = anyTest as TestFn<Context>;

test.before(async (t) => {
  const world = await startLabWorld();
  const promoted = await stageBuild(world);
  await promote(world);
  const candidate = await stageBuild(world);
  const html = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html><head><title>Welcome to nginx!</title></head><body><h1>Welcome</h1></body></html>');
  });
  await new Promise<void>((resolve) => html.listen(0, '127.0.0.1', resolve));
  const htmlUrl = `http://127.0.0.1:${(html.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    await new Promise((resolve) => html.close(resolve));
    await world.close();
  };
  t.context = { world, promoted, candidate, htmlUrl, close };
});
test.after.always((t) => t.context.close?.());

// Retries are counted, not waited for.
const hasty: Clock = { ...systemClock, sleep: () => Promise.resolve() };

interface Case {
  readonly title: string;
  readonly action: AnyAction;
  readonly outcome: Outcome;
  /** What the message has to name. */
  readonly says: RegExp;
  readonly inputs?: Inputs | ((context: Context) => Inputs);
  readonly edit?: (config: Tree, context: Context) => void;
  readonly env?: Readonly<Record<string, string>>;
}

type Inputs = Readonly<Record<string, string>>;

// Nobody listens on the port of the discard service.
const closed = 'http://127.0.0.1:9';
const unknownHash = parseFullHash(`${'0'.repeat(40)}_00000000`);
const upstream = { phase: 'upstream' };
const promoting = { action: promoteSymlink, inputs: upstream } as const;
const criteria = (value: unknown) => (config: Tree) => {
  subtree(config, 'phases', 'upstream', 'promote')['criteria'] = value;
};
const place =
  (...keys: readonly [...string[], string]) =>
  (url: string | ((context: Context) => string)) =>
  (config: Tree, context: Context): void => {
    subtree(config, ...keys.slice(0, -1))[keys.at(-1)!] = typeof url === 'string' ? url : url(context);
  };
const api = place('dlrn', 'api-url');
const repos = place('dlrn', 'repos-url');
const docker = place('registries', 'docker', 'url');
const readUrl = place('image-stores', 'public', 'read-url');
const html = (path: string) => (context: Context) => `${context.htmlUrl}${path}`;
const dockerAuth = (lab: Lab, password: string): string => {
  const auth = Buffer.from(`tripleo:${password}`).toString('base64');
  return JSON.stringify({ auths: { [lab.docker.host]: { auth } } });
};

const cases: readonly Case[] = [
  // Names that nobody knows.
  {
    title: 'get-repo-hash, a release that the configuration is not about',
    ...{ action: getRepoHash, inputs: { ...upstream, release: 'pike' } },
    ...{ outcome: 'invalid', says: /input "release": "pike" .* "master"/ },
  },
  {
    title: 'hand-off, a release that the set is not of',
    action: handOff,
    inputs: ({ promoted }) => ({ phase: 'osp-phase-0', 'full-hash': promoted, release: 'pike' }),
    ...{ outcome: 'invalid', says: /release master, not of pike/ },
  },
  {
    title: 'get-repo-hash, a release whose repository does not exist',
    action: getRepoHash,
    inputs: ({ world: { lab } }) => ({ config: '', 'repos-url': `${lab.dlrn.reposUrl}-pike`, label: 'consistent' }),
    ...{ outcome: 'failed', says: /no DLRN repository at http:\S+-pike/ },
  },
  {
    title: 'get-repo-hash, unknown label',
    ...{ action: getRepoHash, inputs: { ...upstream, label: 'curent-tripleo' } },
    ...{ outcome: 'failed', says: /has no label "curent-tripleo"/ },
  },
  {
    title: 'promote-symlink, unknown candidate label',
    ...{ action: promoteSymlink, inputs: { ...upstream, 'candidate-label': 'tripleo-ci-tested' } },
    ...{ outcome: 'invalid', says: /no promotion to tripleo-ci-tested/ },
  },
  {
    title: 'promote-symlink, a rollback to a label that does not exist',
    ...{ action: promoteSymlink, inputs: { ...upstream, mode: 'rollback', reason: 'a test' } },
    ...{ outcome: 'invalid', says: /no label previous-current-tripleo/ },
  },
  ...['current', 'consistent', 'component', 'a1', 'report.html', '../x', 'two words'].map((label): Case => ({
    title: `promote-symlink, "${label}" as the target`,
    ...{ action: promoteSymlink, inputs: { ...upstream, 'target-label': label } },
    ...{ outcome: 'invalid', says: new RegExp(`label "${label}"`) },
  })),
  {
    title: 'get-repo-hash, unknown component',
    ...{ action: getRepoHash, inputs: { ...upstream, label: 'consistent', component: 'netwrok' } },
    ...{ outcome: 'failed', says: /component "netwrok"/ },
  },
  {
    title: 'promote-symlink, unknown component',
    ...{ action: promoteSymlink, inputs: { ...upstream, component: 'netwrok' } },
    ...{ outcome: 'invalid', says: /component netwrok/ },
  },
  ...[getRepoHash, tagAndPush, syncImages, buildImages, runFeaturesetTests, reportResult, handOff, promoteSymlink].map(
    (action): Case => ({
      title: `${action.name}, unknown phase`,
      action,
      inputs: ({ candidate }) => ({ ...needed(action), 'full-hash': candidate, phase: 'upsteam' }),
      ...{ outcome: 'invalid', says: /"upsteam".*upstream, rdo-phase-1, rdo-phase-2, osp-phase-0/ },
    }),
  ),

  // Hashes.
  ...[
    getRepoHash,
    tagAndPush,
    syncImages,
    buildImages,
    runFeaturesetTests,
    reportResult,
    handOff,
    promoteSymlink,
  ].flatMap((action): Case[] =>
    ['abc', '0'.repeat(40), `${'A'.repeat(40)}_00000000`].map((hash) => ({
      title: `${action.name}, malformed hash ${hash.length > 10 ? `${hash.slice(0, 4)}… of ${hash.length}` : hash}`,
      ...{ action, inputs: { ...upstream, ...needed(action), 'full-hash': hash } },
      ...{ outcome: 'invalid', says: new RegExp(`full-hash "${hash}" is not a hash`) },
    })),
  ),
  ...['promote', 'pin', 'rollback'].map((mode): Case => ({
    title: `promote-symlink, mode ${mode}, a hash that nobody built`,
    ...{ action: promoteSymlink, inputs: { ...upstream, mode, reason: 'a test', 'full-hash': unknownHash } },
    ...{ outcome: 'invalid', says: new RegExp(`has no build ${unknownHash}`) },
  })),
  {
    title: 'hand-off, a hash that nobody built',
    ...{ action: handOff, inputs: { phase: 'osp-phase-0', 'full-hash': unknownHash } },
    ...{ outcome: 'failed', says: new RegExp(unknownHash) },
  },

  // Servers that do not answer, and servers that are something else.
  {
    title: 'the DLRN API is unreachable',
    ...promoting,
    edit: api(`${closed}/api`),
    outcome: 'waiting',
    says: /127\.0\.0\.1:9\/.*ECONNREFUSED/,
  },
  {
    title: 'the repository is unreachable',
    ...promoting,
    edit: repos(`${closed}/x`),
    outcome: 'waiting',
    says: /127\.0\.0\.1:9\/.*ECONNREFUSED/,
  },
  {
    title: 'a registry is unreachable',
    ...promoting,
    edit: docker(`${closed}/x`),
    outcome: 'waiting',
    says: /127\.0\.0\.1:9\/.*ECONNREFUSED/,
  },
  {
    title: 'the image server is unreachable',
    action: syncImages,
    inputs: ({ promoted }) => ({ phase: 'rdo-phase-2', mode: 'fetch', 'full-hash': promoted }),
    ...{ edit: readUrl(closed), outcome: 'waiting', says: /127\.0\.0\.1:9\/.*ECONNREFUSED/ },
  },
  {
    title: 'the DLRN API answers HTML',
    ...promoting,
    edit: api(html('/api')),
    outcome: 'failed',
    says: /HTML page.*Welcome to nginx/,
  },
  {
    title: 'the repository answers HTML',
    ...promoting,
    edit: repos(html('/x')),
    outcome: 'failed',
    says: /commit\.yaml is an HTML page.*Welcome to nginx/,
  },
  { title: 'a registry answers HTML', ...promoting, edit: docker(html('/x')), outcome: 'failed', says: /text\/html/ },
  {
    title: 'the image server answers HTML',
    action: syncImages,
    inputs: ({ promoted }) => ({ phase: 'rdo-phase-2', mode: 'fetch', 'full-hash': promoted }),
    ...{ edit: readUrl(html('')), outcome: 'failed', says: /set\.json is an HTML page/ },
  },
  {
    title: 'a vote to a server that answers HTML',
    action: reportResult,
    inputs: ({ candidate }) => ({ ...upstream, ...needed(reportResult), 'full-hash': candidate }),
    ...{ edit: api(html('/api')), outcome: 'failed', says: /HTML page.*Welcome to nginx/ },
  },

  // Nothing is never enough.
  {
    title: 'no criteria in the list',
    ...promoting,
    edit: criteria({ 'all-of': [] }),
    outcome: 'invalid',
    says: /:\d+:\d+: phases\.upstream\.promote\.criteria\.all-of: empty criteria never promote/,
  },
  {
    title: 'no criteria in a group',
    ...promoting,
    edit: criteria({ 'all-of': [{ 'any-of': [] }] }),
    outcome: 'invalid',
    says: /any-of: an empty list is never met/,
  },
  { title: 'no criteria at all', ...promoting, edit: criteria(undefined), outcome: 'invalid', says: /criteria/ },
  {
    title: 'criteria none, for a promotion',
    ...promoting,
    edit: criteria('none'),
    outcome: 'invalid',
    says: /"none" is for pins/,
  },
  {
    title: 'a job that never reported',
    ...promoting,
    edit: criteria({ 'all-of': ['periodic-nobody'] }),
    outcome: 'waiting',
    says: /periodic-nobody has not reported/,
  },

  // Passwords.
  {
    title: 'no DLRN password',
    action: promoteSymlink,
    inputs: { ...upstream, password: '' },
    outcome: 'invalid',
    says: /input "password" is missing/,
  },
  {
    title: 'a wrong DLRN password',
    action: promoteSymlink,
    inputs: { ...upstream, password: 'not-cipass' },
    outcome: 'failed',
    says: /nothing was moved: .* answered 401.*password/,
  },
  {
    title: 'a wrong DLRN user',
    action: promoteSymlink,
    inputs: { ...upstream, username: 'mallory' },
    outcome: 'failed',
    says: /nothing was moved: .* answered 401.*username/,
  },
  {
    title: 'a wrong DLRN password, for a vote',
    action: reportResult,
    inputs: ({ candidate }) => ({
      ...upstream,
      ...needed(reportResult),
      'full-hash': candidate,
      password: 'not-cipass',
    }),
    ...{ outcome: 'failed', says: /answered 401/ },
  },
  {
    title: 'a wrong registry password',
    action: promoteSymlink,
    inputs: ({ world: { lab } }) => ({ ...upstream, 'registry-auth': dockerAuth(lab, 'not-docker-pass') }),
    ...{ outcome: 'failed', says: /401/ },
  },
  {
    title: 'a wrong registry password, for a push',
    action: tagAndPush,
    inputs: ({ world: { lab }, candidate }) => ({
      ...upstream,
      'full-hash': candidate,
      'registry-auth': dockerAuth(lab, 'not-docker-pass'),
    }),
    ...{ outcome: 'failed', says: /401 user or password are missing or wrong/ },
  },
  {
    title: 'no registry password',
    action: promoteSymlink,
    inputs: { ...upstream, 'registry-auth': '{"auths":{}}' },
    outcome: 'failed',
    says: /401/,
  },
  {
    title: 'registry-auth that is no docker config',
    action: promoteSymlink,
    inputs: { ...upstream, 'registry-auth': 'hunter2' },
    outcome: 'invalid',
    says: /^registry-auth is not JSON/,
  },

  // A lock that would protect nothing.
  ...[{ url: 'sqlite:ledger.db', lock: 'lease' }, { url: 'sqlite:./x/ledger.db' }, undefined].flatMap(
    (ledger): Case[] =>
      ['CI', 'GITHUB_ACTIONS'].map((variable) => ({
        title: `a throw-away runner (${variable}) with ${ledger === undefined ? 'the default ledger' : `the ledger ${ledger.url}`}`,
        ...promoting,
        edit: (config) => {
          if (ledger === undefined) delete config['ledger'];
          else config['ledger'] = ledger;
        },
        ...{
          env: { [variable]: 'true' },
          outcome: 'invalid',
          says: /ledger sqlite:\S+ledger\.db would be gone with this CI machine/,
        },
      })),
  ),
];

for (const { title, action, outcome, says, inputs = {}, edit, env = {} } of cases) {
  test.serial(`${outcome}: ${title}`, async (t) => {
    const { world } = t.context;
    const before = await everything(world);
    const config = edit === undefined ? {} : { config: await world.writeConfig((tree) => edit(tree, t.context)) };
    const given = typeof inputs === 'function' ? inputs(t.context) : inputs;
    const result = await world.act(action, { ...config, ...given }, { clock: hasty, env });
    t.is(result.outcome, outcome, result.message);
    t.regex(result.message ?? '', says);
    t.notRegex(JSON.stringify(result), /not-cipass|not-docker-pass|hunter2/, 'a secret is never repeated');
    t.deepEqual(await everything(world), before);
  });
}

test.serial('invalid: an empty list of containers', async (t) => {
  const { world, candidate } = t.context;
  const before = await everything(world);
  const containers = join(await world.folder(), 'containers-built.log');
  for (const text of ['', '\n\n']) {
    await writeFile(containers, text);
    const pushed = await world.act(tagAndPush, { ...upstream, 'full-hash': candidate, containers });
    t.is(pushed.outcome, 'invalid', pushed.message);
    t.regex(pushed.message ?? '', /containers-built\.log names no container/);
  }
  t.deepEqual(await everything(world), before);
});

test.serial('failed: a set without containers or without images is never promoted', async (t) => {
  const { world, promoted } = t.context;
  const before = await everything(world);
  // Built by DLRN and by nobody else.
  const bare = world.lab.dlrn.state.commits.findLast(
    ({ commitHash }) => !promoted.startsWith(commitHash) && !t.context.candidate.startsWith(commitHash),
  );
  const hash = `${bare?.commitHash}_${bare?.distroHash.slice(0, 8)}`;
  const result = await world.act(promoteSymlink, { ...upstream, 'full-hash': hash, criteria: 'none' });
  t.is(result.outcome, 'failed', result.message);
  t.regex(result.message ?? '', /has no containers and no images, and an empty set is never promoted/);
  t.deepEqual(await everything(world), before);
});

/** What can be wrong with the image of the candidate in the public store; each is put right afterwards. */
const damages: Readonly<Record<string, { readonly says: RegExp; readonly damage: (image: string) => Promise<void> }>> =
  {
    'its checksum file says something else': {
      says: /overcloud-full\.tar\.sha256 says [0-9a-f]{64}, expected [0-9a-f]{64}/,
      damage: (image) => writeFile(`${image}.sha256`, `${'0'.repeat(64)}  overcloud-full.tar\n`),
    },
    'its checksum file is missing and its bytes are others': {
      says: /overcloud-full\.tar has sha256 [0-9a-f]{64}, expected [0-9a-f]{64}/,
      damage: async (image) => {
        await rm(`${image}.sha256`);
        const bytes = await readFile(image);
        await writeFile(image, bytes.with(100, (bytes[100] ?? 0) ^ 1));
      },
    },
    'it is shorter than it was': {
      says: /overcloud-full\.tar/,
      damage: async (image) => writeFile(image, (await readFile(image)).subarray(1)),
    },
    'it is gone': { says: /overcloud-full\.tar/, damage: (image) => rm(image) },
  };

for (const [title, { says, damage }] of Object.entries(damages)) {
  test.serial(`failed: an image of the candidate, ${title}`, async (t) => {
    const { world, candidate } = t.context;
    const before = await everything(world);
    const image = join(world.lab.root, 'images', imageFolder, candidate, 'overcloud-full.tar');
    const [bytes, sum] = [await readFile(image), await readFile(`${image}.sha256`)];
    await damage(image);
    const result = await world.act(promoteSymlink, upstream, { clock: hasty });
    await writeFile(image, bytes);
    await writeFile(`${image}.sha256`, sum);
    t.is(result.outcome, 'failed', result.message);
    t.regex(result.message ?? '', says);
    t.deepEqual(await everything(world), before);
  });
}

test.serial(
  'failed: an image whose bytes do not have the checksum of its set, byte by byte and on its way',
  async (t) => {
    const { world, promoted } = t.context;
    const before = await everything(world);
    const image = join(world.lab.root, 'images', imageFolder, promoted, 'overcloud-full.tar');
    const bytes = await readFile(image);
    await writeFile(image, bytes.with(100, (bytes[100] ?? 0) ^ 1));
    const verified = await world.act(syncImages, { ...upstream, mode: 'verify', 'full-hash': promoted });
    const fetched = await world.act(
      syncImages,
      { phase: 'rdo-phase-2', mode: 'fetch', 'full-hash': promoted },
      { clock: hasty },
    );
    await writeFile(image, bytes);
    for (const { outcome, message } of [verified, fetched]) {
      t.is(outcome, 'failed', message);
      t.regex(message ?? '', /overcloud-full\.tar has .*sha256 [0-9a-f]{64}/);
    }
    t.deepEqual(await everything(world), before);
  },
);

test.serial('failed: a builder whose checksum is not that of its image', async (t) => {
  const { world, candidate } = t.context;
  const script = 'printf image > $TAGFLOW_OUT_DIR/a.tar; printf "%032d  a.tar" 0 > $TAGFLOW_OUT_DIR/a.tar.md5';
  const config = await world.writeConfig((tree) => {
    const images = subtree(tree, 'phases', 'upstream', 'build', 'images');
    images['command'] = ['sh', '-c', script];
    images['files'] = ['a.tar'];
  });
  const built = await world.act(
    buildImages,
    { config, ...upstream, 'full-hash': candidate },
    { env: { PATH: process.env['PATH'] ?? '' } },
  );
  t.is(built.outcome, 'failed', built.message);
  t.regex(built.message ?? '', /a\.tar has md5 [0-9a-f]{32}, but \S+a\.tar\.md5 says 0{32}/);
});

/** The same from outside: an exit code, one JSON object, a sentence for people. */
const commands: readonly {
  readonly title: string;
  readonly exit: number;
  readonly says: RegExp;
  readonly args: (world: LabWorld) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}[] = [
  {
    title: 'run, unknown phase',
    exit: 2,
    says: /no phase "upsteam".*did you mean upstream/,
    args: (world) => runArgs(world, 'upsteam'),
  },
  {
    title: 'run, malformed hash',
    exit: 2,
    says: /full-hash "abc" is not a hash/,
    args: (world) => [...runArgs(world, 'rdo-phase-1'), '--full-hash', 'abc'],
  },
  {
    title: 'run, wrong password',
    exit: 1,
    says: /401/,
    args: (world) => runArgs(world, 'upstream'),
    env: { DLRN_PASSWORD: 'not-cipass' },
  },
  {
    title: 'run, a password variable that is not set',
    exit: 2,
    says: /DLRN_PASSWORD/,
    args: (world) => runArgs(world, 'upstream'),
    env: { DLRN_PASSWORD: '' },
  },
  { title: 'run, no such file', exit: 2, says: /no-such\.yaml/, args: () => ['run', '--config', 'no-such.yaml'] },
  {
    title: 'promote-symlink, wrong password',
    exit: 1,
    says: /nothing was moved.*401/,
    args: (world) => promoteArgs(world, 'promote'),
    env: { DLRN_PASSWORD: 'not-cipass' },
  },
  {
    title: 'promote-symlink, several things wrong',
    exit: 2,
    says: /"mode".*|"dry-run"/s,
    args: (world) => promoteArgs(world, 'promot', '--dry-run=perhaps'),
  },
];

for (const { title, exit, says, args, env } of commands) {
  test.serial(`exit ${exit}: ${title}`, async (t) => {
    const { world } = t.context;
    const before = await readAllTruths(world.lab);
    const ended = await world.run(args(world), env);
    t.is(ended.exitCode, exit, ended.stderr);
    t.regex(answerOf(ended).error?.message ?? '', says);
    t.regex(ended.stderr, says, 'and people can read it');
    t.notRegex(ended.stderr + ended.stdout, /not-cipass/);
    t.deepEqual(await readAllTruths(world.lab), before);
  });
}

test.serial(
  'nothing was lost: the candidate is promoted, also on a throw-away runner where the CI system is the lock',
  async (t) => {
    const { world, promoted, candidate } = t.context;
    const config = await world.writeConfig((tree) => {
      tree['ledger'] = { url: 'sqlite:ledger.db', lock: 'ci' };
    });
    const result = await world.act(promoteSymlink, { ...upstream, config }, { env: { CI: 'true' } });
    t.is(result.outcome, 'done', result.message);
    t.deepEqual(await readTruth(world.lab, 'current-tripleo'), allOn(candidate));
    t.deepEqual(await readTruth(world.lab, 'previous-current-tripleo'), allOn(promoted));
  },
);

/** Inputs that an action insists on before it looks at the hash. */
function needed({ name }: AnyAction): Inputs {
  if (name === 'report-result') return { job: 'a-job', status: 'success' };
  return name === 'sync-images' ? { mode: 'verify' } : {};
}

/** Where every label points, and how much was ever written to DLRN. */
async function everything({ lab }: LabWorld): Promise<unknown> {
  const { promotions, votes } = lab.dlrn.state;
  return { labels: await readAllTruths(lab), promotions: promotions.length, votes: votes.length };
}
