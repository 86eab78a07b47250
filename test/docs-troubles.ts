import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '@tagflow/action-kit';
import { createRandom, startLabSftpServer, vote } from '@tagflow/lab';
import { openLedger } from '@tagflow/ledger';
import { type FullHash, fullHashOfCommit } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import { parse, stringify } from 'yaml';
import { type Answered, runHere, withoutPorts } from './docs-page.ts';
import { type LabWorld, stageBuild, startLabWorld, subtree } from './pipelines/lab-world.ts';

/** How a command ended, with the code of what went wrong. */
interface Told extends Answered {
  readonly error?: { readonly code: string };
}

/** What a situation is played with: a lab in which one hash was promoted and the next one has all its votes. */
export interface Stage {
  readonly world: LabWorld;
  readonly promoted: FullHash;
  readonly candidate: FullHash;
  /** Runs a command as a person would, with the lab's time and without its waits. */
  run(command: string, env?: Readonly<Record<string, string>>): Promise<Told>;
}

/** Something that goes wrong: what to type, and what is wrong while it runs. `undo` is what the next one must not see. */
export interface Trouble {
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Breaks it; returns what mends it again. */
  breaks(stage: Stage): Promise<() => Promise<void> | void>;
}

const config = '--config tagflow.yaml';
const password = '--password-env DLRN_PASSWORD';
const promote = `npx tagflow promote-symlink ${config} --phase upstream ${password}`;

/** The situations of docs/troubleshooting.md, by what the page calls them. */
export const troubles: Readonly<Record<string, Trouble>> = {
  'DLRN does not take the password': {
    command: promote,
    env: { DLRN_PASSWORD: 'an old one' },
    breaks: () => nothing,
  },
  'A registry has had enough': {
    command: promote,
    breaks: ({ world }) => {
      world.lab.docker.setFaults(({ method }) =>
        method === 'HEAD' || method === 'GET' ? { type: 'status', status: 429, retryAfter: 3600 } : null,
      );
      return undo(() => world.lab.docker.setFaults(null));
    },
  },
  'A registry does not take the login': {
    command: promote,
    breaks: ({ world }) => {
      world.lab.docker.setFaults(() => ({ type: 'status', status: 401 }));
      return undo(() => world.lab.docker.setFaults(null));
    },
  },
  'The host key is not known': {
    command: `${promote} --ssh-key-file key --known-hosts known_hosts`,
    async breaks({ world }) {
      const { root } = world.lab;
      const server = await startLabSftpServer({ root: join(root, 'images') });
      await writeFile(join(root, 'key'), server.privateKey);
      await writeFile(join(root, 'known_hosts'), server.hostKey.replace('127.0.0.1', '127.0.0.2'));
      const mend = await changed(world, (tree) => {
        subtree(tree, 'image-stores', 'public')['url'] = server.url;
      });
      return async () => {
        await mend();
        await server.close();
      };
    },
  },
  'Somebody else promotes': {
    command: promote,
    async breaks({ world }) {
      const { lab } = world;
      const clock = { now: lab.clock.now, sleep: systemClock.sleep };
      const ledger = await openLedger(`sqlite:${join(lab.root, 'ledger.db')}`, { clock, random: Math.random });
      const lease = await ledger.acquire(
        [`promote dlrn:${lab.dlrn.apiUrl}:current-tripleo`],
        'cli:other@machine',
        120_000,
      );
      return async () => {
        await lease.release();
        await ledger.close();
      };
    },
  },
  'A job is waited for that nobody has seen': {
    command: `npx tagflow explain current-tripleo ${config}`,
    breaks: ({ world }) =>
      changed(world, (tree) => {
        (subtree(tree, 'phases', 'upstream', 'promote', 'criteria')['all-of'] as string[]).push('ovb-featureset01');
      }),
  },
  'A job has failed': {
    command: promote,
    async breaks({ world, candidate }) {
      const { lab } = world;
      const subject = lab.dlrn.state.commits.find((row) => fullHashOfCommit(row) === candidate);
      if (subject === undefined) throw new Error('the lab lost its candidate');
      await vote(lab.dlrn, {
        job: 'ovb-featureset001',
        success: false,
        subject,
        url: 'https://logs.example/1',
        timestamp: lab.clock.now() / 1000,
      });
      return changed(world, (tree) => {
        (subtree(tree, 'phases', 'upstream', 'promote', 'criteria')['all-of'] as string[]).push('ovb-featureset001');
      });
    },
  },
  'The ledger is refused on a CI machine': {
    command: promote,
    env: { CI: 'true' },
    breaks: ({ world }) =>
      changed(world, (tree) => {
        tree['ledger'] = { url: 'sqlite:.tagflow/ledger.db' };
      }),
  },
  'The label is moved by promote-symlink only': {
    command: `npx tagflow tag-and-push-containers ${config} --phase upstream --full-hash "$HASH" --tags current-tripleo`,
    breaks: () => nothing,
  },
  'tagflow.yaml has a wrong key': {
    command: `npx tagflow explain ${config}`,
    breaks: ({ world }) =>
      changed(world, (tree) => {
        subtree(tree, 'dlrn')['user'] = 'ciuser';
        subtree(tree, 'phases', 'upstream', 'promote', 'containers')['source'] = 'rod';
      }),
  },
  'The set is not complete': {
    command: promote,
    async breaks({ world, candidate }) {
      const file = join(world.lab.root, 'images', 'master', 'rdo_trunk', candidate, 'overcloud-full.tar');
      await rename(file, `${file}.away`);
      return () => rename(`${file}.away`, file);
    },
  },
  'The plan is too old': {
    command: `npx tagflow apply plan/plan.json ${config} ${password}`,
    async breaks({ world, run }) {
      await expectEnd(run(`npx tagflow plan current-tripleo ${config} --out-dir plan`), 'planned');
      const { docker } = world.lab;
      const [repository = '', other = ''] = docker.repositories().filter((name) => name.includes('heat'));
      const was = docker.manifest(repository, 'current-tripleo')?.digest ?? null;
      docker.moveTag(repository, 'current-tripleo', docker.manifest(other, 'current-tripleo')?.digest ?? null);
      return () => docker.moveTag(repository, 'current-tripleo', was);
    },
  },
  'A file of policy cannot be read': {
    command: promote,
    async breaks({ world }) {
      const file = join(world.lab.root, 'policy', 'slow.yaml');
      await mkdir(join(world.lab.root, 'policy'), { recursive: true });
      await writeFile(file, 'waivers:\n  - { id: slow, job: ovb-featureset001, hash: any, owner: rdo-ci }\n');
      return async () => writeFile(file, '');
    },
  },
  'DLRN does not answer': {
    command: promote,
    breaks: ({ world }) => {
      world.lab.dlrn.setFaults(() => 'reset');
      return undo(() => world.lab.dlrn.setFaults(undefined));
    },
  },
  'A secret is missing': {
    command: `npx tagflow promote-symlink ${config} --phase upstream`,
    breaks: () => nothing,
  },
  'It is half-done': {
    command: promote,
    breaks: ({ world }) => {
      let writes = 0;
      world.lab.docker.setFaults(({ method, reference }) =>
        method === 'PUT' && reference.endsWith('current-tripleo') && ++writes > 2
          ? { type: 'status', status: 500 }
          : null,
      );
      return undo(() => world.lab.docker.setFaults(null));
    },
  },
};

const nothing = Promise.resolve(() => undefined);

function undo(mend: () => void): Promise<() => void> {
  return Promise.resolve(mend);
}

/** For a step of the preparation. */
async function expectEnd(run: Promise<Answered>, outcome: string): Promise<void> {
  const { said, ...answer } = await run;
  if (answer.outcome !== outcome) throw new Error(`expected ${outcome}, ended as ${answer.outcome}:\n${said}`);
}

async function changed(world: LabWorld, edit: (tree: Record<string, unknown>) => void): Promise<() => Promise<void>> {
  const before = await readFile(world.config, 'utf8');
  const tree = subtree(parse(before));
  edit(tree);
  await writeFile(world.config, stringify(tree));
  return () => writeFile(world.config, before);
}

/** Starts a lab with what a {@link Stage} has. Its tests and names are always the same. */
export async function startStage(): Promise<Stage & AsyncDisposable> {
  const world = await startLabWorld({ containers: 4 });
  const { lab } = world;
  const clock = { now: lab.clock.now, sleep: () => Promise.resolve() };
  const random = createRandom('troubles').next;
  const act: LabWorld['act'] = (action, inputs) => world.act(action, inputs, { clock });
  const promoted = await stageBuild({ ...world, act });
  const { outcome, message } = await act(promoteSymlink, { phase: 'upstream' });
  if (outcome !== 'done') throw new Error(`the first promotion ended as ${outcome}: ${message ?? ''}`);
  const candidate = await stageBuild({ ...world, act });
  return {
    ...{ world, promoted, candidate },
    async run(command, env = {}) {
      const { signal } = new AbortController();
      const answered = await runHere(command, {
        ...{ clock, random, signal, cwd: lab.root, actor: 'cli:ruck@laptop' },
        env: { ...world.env, RUNNER_TEMP: lab.root, HASH: candidate, ...env },
      });
      const shown = withoutPorts(answered.said)
        .replaceAll(pathToFileURL(lab.root).href, 'file:///lab')
        .replaceAll(lab.root, '/lab');
      return { ...answered, said: shown };
    },
    [Symbol.asyncDispose]: () => world.close(),
  };
}
