import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { transform } from 'esbuild';
import { root } from '../../scripts/workspaces.ts';
import { type Ending, judge, type Places, readPlaces } from './judge.ts';
import { type Lane, type LaneOptions, type Mode, startLane } from './lane.ts';
import { digestOfLeftBehind } from './left-behind.ts';
import { type Call, describePoint, isRead, type Moment, type Point, type Server } from './points.ts';

export const fates = ['kept', 'lost'] as const;
/** What becomes of the ledger when the process is dead. */
export type Fate = (typeof fates)[number];

export interface SweepOptions {
  readonly modes: readonly Mode[];
  readonly containers: number;
  /** How many labs work side by side. */
  readonly lanes: number;
  readonly fates: readonly Fate[];
  readonly servers: readonly Server[];
  /** Only points whose description has this text in it. */
  readonly match: string;
  /** Kills before and after reads too, and runs again after every kill, also where an equal situation ended before. */
  readonly every: boolean;
  /** See {@link LaneOptions.toHash}. */
  readonly toHash: boolean;
  /** The folder of the build. */
  readonly dist: string;
  readonly say: (line: string) => void;
}

/** What came of one point. */
export interface Result {
  readonly mode: Mode;
  readonly point: Point;
  /** Null for a point that no run came to. */
  readonly endings: Readonly<Partial<Record<Fate, Ending>>> | null;
}

export interface SweepReport {
  readonly results: readonly Result[];
  readonly calls: Readonly<Record<Mode, number>>;
  /** How many processes were killed, how many different situations they left, and how many ran again. */
  readonly kills: number;
  readonly situations: number;
  readonly again: number;
  readonly seconds: number;
}

export const everything: Omit<SweepOptions, 'say'> = {
  modes: ['promotion', 'rollback'],
  containers: 2,
  lanes: 3,
  fates,
  servers: ['dlrn', 'rdo', 'docker', 'images', 'sftp', 'ledger'],
  match: '',
  every: false,
  toHash: false,
  dist: join(root, 'dist'),
};

// A run makes its calls side by side, so that one of several equal ones may not come where it came when recorded.
const attempts = 4;

/** Kills a process before and after each call that it makes, runs the same command again, and judges what is there then. */
export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const started = performance.now();
  await using scratch = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-sweep-'));
  scratch.defer(() => rm(folder, { recursive: true, force: true }));
  const lanes = await startLanes(options, folder, scratch);
  const [first] = lanes;
  if (first === undefined) throw new RangeError('a sweep needs a lane');

  const counts = { kills: 0, again: 0 };
  const known = new Map<string, Promise<Ending>>();
  const results: Result[] = [];
  const calls: Record<Mode, number> = { promotion: 0, rollback: 0 };
  const work: { readonly mode: Mode; readonly point: Point; readonly ends: Ends }[] = [];
  for (const mode of options.modes) {
    const { ends, points } = await record(first, mode);
    calls[mode] = points.length;
    const chosen = pointsOf(points, options);
    options.say(`${mode}: ${points.length} calls, ${chosen.length} points`);
    work.push(...chosen.map((point) => ({ mode, point, ends })));
  }
  const total = work.length;
  await Promise.all(
    lanes.map(async (lane) => {
      for (let next = work.shift(); next !== undefined; next = work.shift()) {
        results.push(await tryPoint(lane, next.mode, next.point, next.ends));
        if (results.length % 100 === 0) options.say(`${results.length} of ${total} points`);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  return { results, calls, kills: counts.kills, situations: known.size, again: counts.again, seconds };

  async function tryPoint(lane: Lane, mode: Mode, point: Point, ends: Ends): Promise<Result> {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      lane.reset();
      counts.kills += 1;
      if (!(await lane.run(mode, point)).reached) continue;
      const back = options.fates.length > 1 ? lane.world.lab.snapshot() : lane.reset;
      const endings: Partial<Record<Fate, Ending>> = {};
      for (const [index, fate] of options.fates.entries()) {
        if (index > 0) back();
        endings[fate] = await endOf(lane, mode, fate, ends);
      }
      return { mode, point, endings };
    }
    return { mode, point, endings: null };
  }

  async function endOf(lane: Lane, mode: Mode, fate: Fate, ends: Ends): Promise<Ending> {
    if (fate === 'lost') lane.loseLedger();
    const key = `${mode} ${fate} ${digestOfLeftBehind(lane, fate)}`;
    const before = options.every ? undefined : known.get(key);
    if (before !== undefined) return before;
    const ending = runAgain(lane, mode, ends);
    known.set(key, ending);
    return ending;
  }

  async function runAgain(lane: Lane, mode: Mode, ends: Ends): Promise<Ending> {
    counts.again += 1;
    const { ended } = await lane.run(mode, null);
    return judge(lane, ended, ends);
  }
}

/** Where everything is before a command and after it, when nobody disturbs it. */
type Ends = Readonly<Record<'old' | 'new', Places>>;

async function startLanes(
  options: SweepOptions,
  folder: string,
  scratch: AsyncDisposableStack,
): Promise<readonly Lane[]> {
  // Without its types: every child would spend time on taking them away.
  const preload = join(folder, 'ledger-points.mjs');
  const source = readFileSync(join(import.meta.dirname, 'ledger-points.ts'), 'utf8');
  await writeFile(preload, (await transform(source, { loader: 'ts' })).code);
  const parts: LaneOptions = {
    containers: options.containers,
    program: join(options.dist, 'tagflow.js'),
    preload,
    codeCache: join(folder, 'code'),
    toHash: options.toHash,
  };
  return Promise.all(
    Array.from({ length: options.lanes }, async () => {
      const lane = await startLane(parts);
      scratch.defer(() => lane.close());
      return lane;
    }),
  );
}

/** Runs a command to its end. @throws Error when it does not do what it should even then */
async function record(lane: Lane, mode: Mode): Promise<{ readonly ends: Ends; readonly points: readonly Call[] }> {
  lane.reset();
  const old = await readPlaces(lane);
  const { ended, calls } = await lane.run(mode, null);
  const ends = { old, new: await readPlaces(lane) };
  const { faults } = await judge(lane, ended, ends);
  if (ended.exitCode !== 0 || faults.length > 0 || isDeepStrictEqual(old, ends.new)) {
    throw new Error(`a ${mode} that nobody disturbs went wrong: ${faults.join('; ')}\n${ended.stderr}`);
  }
  return { ends, points: calls };
}

function pointsOf(calls: readonly Call[], { servers, match, every }: SweepOptions): readonly Point[] {
  return calls
    .filter(({ server }) => servers.includes(server))
    .flatMap((call) => {
      const moments: readonly Moment[] = isRead(call) && !every ? ['at'] : ['before', 'after'];
      return moments.map((moment): Point => ({ ...call, moment }));
    })
    .filter((point) => describePoint(point).includes(match));
}
