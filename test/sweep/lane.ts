import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type { LabWatch } from '@tagflow/lab';
import type { FullHash } from '@tagflow/model';
import { type LabWorld, startLabWorld, subtree } from '../pipelines/lab-world.ts';
import type { Ended } from '../pipelines/tagflow.ts';
import { makeHistory } from './history.ts';
import { type Call, createCounter, isSameCall, type Point, type Server } from './points.ts';

export const modes = ['promotion', 'rollback'] as const;
export type Mode = (typeof modes)[number];

/** One run of the built tagflow. */
export interface LaneRun {
  readonly ended: Ended;
  /** What it called, in order; of the ledger only without a point. */
  readonly calls: readonly Call[];
  /** Whether it came to the point. */
  readonly reached: boolean;
}

/** A lab of its own, in which one command at a time runs and dies. */
export interface Lane {
  readonly world: LabWorld;
  readonly ledgerFile: string;
  /** Replaces hashes by names of their sets, oldest first: `set-0` to `set-3`. */
  tidy(text: string): string;
  /** Puts the lab back to where two sets can be told apart: one is promoted, one before it, and one waits. */
  reset(): void;
  /** Runs the command of a mode; it dies by SIGKILL at the point. Resolves when its last calls have come to rest too. */
  run(mode: Mode, point: Point | null): Promise<LaneRun>;
  loseLedger(): void;
  close(): Promise<void>;
}

export interface LaneOptions {
  readonly containers: number;
  /** The built tagflow.js, and the file that is loaded before it. */
  readonly program: string;
  readonly preload: string;
  /** Where Node keeps compiled code: a child starts faster with it. */
  readonly codeCache: string;
  /** Whether a rollback names the hash that it goes to, or leaves it to `previous-<label>`. */
  readonly toHash: boolean;
}

const images = ['overcloud-full.tar'];

/** What is going on in a lane. */
interface Watched {
  readonly count: (server: Server, what: string) => Call;
  readonly calls: Call[];
  readonly point: Point | null;
  readonly kill: () => void;
  reached: boolean;
}

/** Thrown into a server instead of an answer to somebody who is dead. */
class NobodyThere extends Error {}

/** Starts a lane; its sets hold that many containers in two registries, and one image. */
export async function startLane(options: LaneOptions): Promise<Lane> {
  let watched: Watched | null = null;
  let busy = 0;
  let tidy = (text: string): string => text;
  const watch: LabWatch = async ({ server, what }, serve) => {
    if (watched === null) return serve();
    const { count, calls, point, kill } = watched;
    const call = count(server, nameCall(tidy(what)));
    calls.push(call);
    const here = point !== null && isSameCall(call, point) ? point.moment : null;
    if (here !== null) watched.reached = true;
    const die = (): never => {
      kill();
      // What it had sent behind this call is not carried out when this one is not.
      if (server === 'sftp') world.lab.sftp?.cutConnections();
      throw new NobodyThere();
    };
    busy += 1;
    try {
      if (here === 'before') die();
      const answer = await serve();
      return here === null ? answer : die();
    } finally {
      busy -= 1;
    }
  };
  const world = await startLabWorld({ sftp: true, containers: options.containers, watch });
  const { lab } = world;
  const config = await world.writeConfig((tree) => {
    Object.assign(subtree(tree, 'phases', 'upstream', 'build', 'images'), { files: images });
  });
  const hashes = await makeHistory(world, { config, containers: options.containers, images });
  tidy = nameSets(hashes);
  const commands: Readonly<Record<Mode, readonly string[]>> = {
    promotion: ['--mode', 'promote'],
    rollback: [
      ...['--mode', 'rollback', '--reason', 'the sweep goes back'],
      ...(options.toHash ? ['--full-hash', hashes[1]] : []),
    ],
  };
  const ledgerFile = join(lab.root, 'ledger.db');
  const record = join(lab.root, 'ledger-calls');
  const reset = lab.snapshot();

  const args = [
    ...['--import', pathToFileURL(options.preload).href, options.program, 'promote-symlink'],
    ...['--config', config, '--phase', 'upstream', '--password-env', 'DLRN_PASSWORD'],
    ...[
      '--ssh-key-file',
      world.env['TAGFLOW_SSH_KEY_FILE'] ?? '',
      '--known-hosts',
      world.env['TAGFLOW_KNOWN_HOSTS'] ?? '',
    ],
  ];
  const comeToRest = async (): Promise<void> => {
    // Each turn reads what lies in the sockets, so several idle ones in a row mean that nothing is left there.
    for (let idle = 0; idle < 5; idle = busy === 0 ? idle + 1 : 0) await new Promise(setImmediate);
  };
  return {
    ...{ world, ledgerFile, reset, tidy: (text) => tidy(text) },
    async run(mode, point) {
      const order = { record: point === null ? record : '', die: point?.server === 'ledger' ? point : null };
      const { root } = lab;
      const child: ChildProcess = spawn(process.execPath, [...args, ...commands[mode]], {
        cwd: root,
        env: {
          ...{ PATH: process.env['PATH'] ?? '', HOME: root, TMPDIR: root, ...world.env },
          ...{ NODE_COMPILE_CACHE: options.codeCache, TAGFLOW_SWEEP_LEDGER: JSON.stringify(order) },
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const mine: Watched = {
        count: createCounter(),
        calls: [],
        point,
        kill: () => child.kill('SIGKILL'),
        reached: false,
      };
      watched = mine;
      const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')]);
      await comeToRest();
      watched = null;
      const ended = { exitCode: child.exitCode, signal: child.signalCode, stdout, stderr };
      if (point !== null) return { ended, calls: mine.calls, reached: mine.reached || child.signalCode === 'SIGKILL' };
      const statements = readFileSync(record, 'utf8').trimEnd().split('\n');
      rmSync(record);
      const ledgerCalls = statements.map((line): Call => {
        const { sql, open } = JSON.parse(line) as { readonly sql: string; readonly open: boolean };
        return { ...mine.count('ledger', sql), inTransaction: open };
      });
      return { ended, calls: [...mine.calls, ...ledgerCalls], reached: false };
    },
    loseLedger() {
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${ledgerFile}${suffix}`, { force: true });
    },
    close: () => world.close(),
  };
}

// Hashes get the names of their sets.
function nameSets(hashes: readonly FullHash[]): (text: string) => string {
  const names = hashes.flatMap((hash, index): readonly [string, string][] => {
    const [commit = '', distro = ''] = hash.split('_');
    const shard = `${commit.slice(0, 2)}/${commit.slice(2, 4)}/`;
    return [
      [`${shard}${hash}`, `set-${index}`],
      [hash, `set-${index}`],
      [commit, `commit-${index}`],
      [distro, `distro-${index}-`],
    ];
  });
  return (text) =>
    names
      .reduce((tidied, [hash, name]) => tidied.replaceAll(hash, name), text)
      .replaceAll(/(distro-\d)-[0-9a-f]{32}/g, '$1');
}

// What is random, or depends on a port as the digest of a set.json does, is left out of a call's name: which time it is
// asked for tells enough.
function nameCall(text: string): string {
  return text
    .replaceAll(/\.[0-9a-f]{12}\.part\b/g, '.RANDOM.part')
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'ID')
    .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:DIGEST')
    .trimEnd();
}
