import { posix } from 'node:path';
import {
  createDlrnClient,
  createRepositoryDestination,
  createRepositoryTree,
  type DlrnClient,
  type Member,
  type RepositoryTree,
  type ResolvedHash,
} from '@tagflow/dlrn';
import { type Api, createApi } from '@tagflow/http';
import { type LabDlrn, type LabDlrnFault, type LabDlrnRequest, promoteBatch } from '@tagflow/lab';
import {
  type CommitBuild,
  type Destination,
  fullHashOfCommit,
  type Label,
  type Ledger,
  parseLabel,
  previousOf,
} from '@tagflow/model';
import {
  type Evidence,
  promote,
  type PromoteReport,
  type PromoteRequest,
  type PromotionResult,
  resume,
} from '@tagflow/promotion';
import { createEvidence } from '@tagflow/wiring';
import type { ExecutionContext } from 'ava';
import { flipRecorder, type Mode, moveOf, testEffects } from '../../packages/dlrn/test/client-suite.ts';
import { startLab } from '../../packages/dlrn/test/lab.ts';
import { createMemoryLedger, noPolicy } from '../../packages/promotion/test/memory-ledger.ts';
import { createWorld } from '../../packages/promotion/test/memory-world.ts';

export const label = parseLabel('current-tripleo');
export const previous = previousOf(label);
export const candidate = parseLabel('tripleo-ci-testing');
export const consistent = parseLabel('consistent');

/** Whose label is promoted: a repository's without components, that of all components, or one component's own. */
export interface Line {
  readonly name: string;
  readonly mode: Mode;
  readonly component?: string;
}

export const classic: Line = { name: 'classic', mode: 'classic' };
export const component: Line = { name: 'component', mode: 'component' };
export const componentLine: Line = { name: 'component line', mode: 'component', component: 'tripleo' };
export const lines: readonly Line[] = [classic, component, componentLine];

type SetLike = Pick<ResolvedHash, 'fullHash' | 'members'>;

/** Everything that DLRN moves when it promotes, as its own disk and database have it. */
export interface Position {
  readonly named: string | null;
  /** By the newest row of promotions. */
  readonly recorded: string | null;
  /** Of a whole: what each component's own label names. */
  readonly links: Readonly<Record<string, string | null>>;
  /** In component mode: the hash that the files of the label's aggregate are of; null where they are of several. */
  readonly aggregate: string | null;
}

export interface RigOptions {
  /** Called in each wait of the destination, the first one being 1. */
  readonly wait?: (turn: number) => void;
  /** Stands between us and the server. */
  readonly through?: (api: Api, reposUrl: string) => Api;
}

/** A lab's DLRN, and all that promotes on it: nothing but its server is a stand-in. */
export interface Rig {
  readonly lab: LabDlrn;
  readonly client: DlrnClient;
  readonly tree: RepositoryTree;
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  /** A destination as a new process has it, which has not looked at anything. */
  destination(): Destination;
  /** Builds until `consistent` has moved so many times, and returns what it names then. */
  build(times?: number): Promise<ResolvedHash>;
  /** What a label of this line names. */
  resolve(name: Label): Promise<ResolvedHash>;
  /** Promotes builds as somebody else, without a request of ours. */
  give(name: Label, builds: readonly CommitBuild[]): void;
  /** What a label of this line names on the server's disk, whether or not that is there. */
  named(name: Label): string | null;
  /** Where the label is, read on the server itself. */
  where(): Position;
  /** Where the label is when it names a set, and nothing is at odds with that. */
  at(set: SetLike): Position;
  /** Lets a component's own label name a build, and nothing else move. */
  stray(member: Member | undefined): void;
  /** How often DLRN was asked to promote to the label. */
  promotions(): number;
  /** Decides how the promotions to the label are answered, the first one from now on being 1; undefined carries it out. */
  answerPromotions(answer: (turn: number) => LabDlrnFault | undefined): void;
  /** Moves the label. With `dieAfter` the process is killed before it writes once more than so many times. */
  flip(from: SetLike | null, to: SetLike, options?: { readonly dieAfter?: number }): Promise<void>;
  /** Runs a promotion from the candidate label; `others` are destinations besides DLRN. */
  run(request?: Partial<PromoteRequest>, others?: readonly Destination[]): Promise<PromoteReport>;
  /** Ends what was interrupted. */
  resume(): Promise<PromotionResult>;
  /** How many promotions somebody has to end, by the ledger. */
  open(): Promise<number>;
}

/** Starts a rig; it ends with the test. */
export async function startRig(t: ExecutionContext, line: Line, options: RigOptions = {}): Promise<Rig> {
  const { mode } = line;
  const place = line.component === undefined ? {} : { component: line.component };
  const started = await startLab(mode);
  t.teardown(() => started.close());
  const { lab, apiUrl, reposUrl, username, password } = started;
  const plain = createApi(testEffects);
  const api = options.through?.(plain, reposUrl) ?? plain;
  const client = createDlrnClient(api, { apiUrl, credentials: { username, password } });
  const tree = createRepositoryTree(api, { reposUrl, mode, effects: testEffects });
  const evidence = createEvidence(client, tree, line.component ?? null);
  const ledger = createMemoryLedger();

  let waits = 0;
  const sleep = (): Promise<void> => {
    waits += 1;
    options.wait?.(waits);
    return Promise.resolve();
  };
  const effects = { ...testEffects, clock: { ...testEffects.clock, sleep } };
  const destination = (): Destination =>
    createRepositoryDestination({ client, tree, mode, name: 'dlrn', ...place, effects });
  const resolve = (name: Label): Promise<ResolvedHash> => tree.resolveLabel(name, place);
  const named = (name: Label): string | null => readNamed(lab, line, name);

  const request: PromoteRequest = {
    ...{ mode: 'promote', release: 'master', component: line.component ?? null, label, candidateLabel: candidate },
    ...{ criteria: 'none', fullHash: null, parts: [], keepPrevious: true, configDigest: 'sha256:c', ...noPolicy },
    ...{ reason: 'a test', actor: 'test', dryRun: false },
  };
  return {
    ...{ lab, client, tree, ledger, evidence, destination, resolve, named },
    async build(times = 1) {
      for (let left = times; left > 0; left -= 1) {
        const before = named(consistent);
        while (named(consistent) === before) await started.build();
      }
      return resolve(consistent);
    },
    give: (name, builds) => {
      const wishes = builds.map((build) => ({ ...build, label: name }));
      promoteBatch(lab.state, wishes, 'somebody');
    },
    where: () => readPosition(lab, line),
    at: ({ fullHash, members }) => {
      const isWhole = line === component;
      const has = (name: string): string | null =>
        members.find((member) => member.component === name)?.fullHash ?? null;
      return {
        named: fullHash,
        recorded: fullHash,
        links: isWhole ? Object.fromEntries(componentsOf(lab).map((name) => [name, has(name)])) : {},
        aggregate: mode === 'component' ? fullHash : null,
      };
    },
    stray: (member) => {
      const folder = `component/${member?.component}`;
      lab.state.tree.remove(`${folder}/${label}`);
      lab.state.tree.link(`${folder}/${label}`, member?.path.slice(folder.length + 1) ?? '');
    },
    promotions: () => lab.requests.filter((one) => promotesTo(label, one)).length,
    answerPromotions: (answer) => {
      let turn = 0;
      lab.setFaults((one) => {
        if (!promotesTo(label, one)) return undefined;
        turn += 1;
        return answer(turn);
      });
    },
    flip: (from, to, { dieAfter = Infinity } = {}) => {
      let left = dieAfter;
      const before = (): Promise<void> => (left-- > 0 ? Promise.resolve() : Promise.reject(new Error('killed')));
      const move = moveOf(label, from?.fullHash ?? null, to.fullHash);
      return destination().flip([move], { ...flipRecorder().options, before });
    },
    run: (changes = {}, others = []) =>
      promote({ ...request, ...changes }, createWorld([...others, destination()], ledger), evidence),
    resume: () => resume(request, createWorld([destination()], ledger), evidence),
    open: async () => (await ledger.unfinished('master', label)).length,
  };
}

/** A rig with a promotion ahead. */
export interface Ready extends Rig {
  /** What previous-current-tripleo names. */
  readonly oldest: ResolvedHash;
  /** What the label names. */
  readonly first: ResolvedHash;
  /** What the candidate label names by now. */
  readonly second: ResolvedHash;
}

/** Starts a rig in which the candidate label is one set ahead of the label. */
export async function startReady(t: ExecutionContext, line: Line, options: RigOptions = {}): Promise<Ready> {
  const rig = await startRig(t, line, options);
  const oldest = await rig.resolve(consistent);
  for (const name of [candidate, label, previous]) rig.give(name, oldest.builds);
  const first = await rig.build();
  for (const name of [candidate, label]) rig.give(name, first.builds);
  const second = await rig.build();
  rig.give(candidate, second.builds);
  return { ...rig, oldest, first, second };
}

/** Tells whether a request promotes to a label. */
export function promotesTo(name: Label, { method, path, body }: LabDlrnRequest): boolean {
  return method === 'POST' && path.startsWith('/api/promote') && body.includes(`"${name}"`);
}

function componentsOf({ state }: LabDlrn): readonly string[] {
  return state.projects.map((project) => project.component);
}

function readNamed({ state }: LabDlrn, line: Line, name: Label): string | null {
  if (line === component) {
    const file = state.tree.find(`${name}/delorean.repo.md5`);
    return file?.kind === 'file' ? file.content.toString() : null;
  }
  const folder = line.component === undefined ? '' : `component/${line.component}/`;
  const target = state.tree.readLink(`${folder}${name}`);
  return target === null ? null : posix.basename(target);
}

function readPosition(lab: LabDlrn, line: Line): Position {
  const { promotions } = lab.state;
  const named = readNamed(lab, line, label);
  const row = promotions.findLast(
    (each) => each.label === label && (line.component === undefined || each.commit.component === line.component),
  );
  const recorded = line === component ? row?.aggregateHash : row === undefined ? null : fullHashOfCommit(row.commit);
  const own = (name: string): string | null => readNamed(lab, { ...componentLine, component: name }, label);
  return {
    named,
    recorded: recorded ?? null,
    links: line === component ? Object.fromEntries(componentsOf(lab).map((name) => [name, own(name)])) : {},
    aggregate: line.mode === 'component' ? readAggregate(lab, line, named) : null,
  };
}

// Of a component's own label the aggregate's hash says nothing, but its delorean.repo names the build.
function readAggregate({ state }: LabDlrn, line: Line, named: string | null): string | null {
  const targets = ['delorean.repo', 'delorean.repo.md5', 'versions.csv'].map((file) =>
    posix.dirname(state.tree.readLink(`${label}/${file}`) ?? ''),
  );
  const [folder = '', ...others] = new Set(targets);
  if (others.length > 0) return null;
  if (line === component) return posix.basename(folder);
  const file = state.tree.find(`${label}/delorean.repo`);
  return file?.kind === 'file' && named !== null && file.content.toString().includes(named) ? named : null;
}
