import test from 'ava';
import { phaseTemplates } from '@tagflow/config';
import type { Outcome } from '@tagflow/model';
import type { RunEvent } from '../src/events.ts';
import type { PhaseResult } from '../src/phase-outcome.ts';
import type { StepResult } from '../src/phase-values.ts';
import { type PhaseRun, runPhase } from '../src/run-phase.ts';

interface Call {
  readonly action: string;
  readonly texts: Readonly<Record<string, string>>;
}

interface Bench {
  readonly calls: readonly Call[];
  readonly events: readonly RunEvent[];
  readonly result: PhaseResult;
}

type Answer = Partial<StepResult> | undefined;

/** Runs a template with actions that answer as told; what is not told ends as done. */
async function play(
  template: keyof typeof phaseTemplates,
  answer: (call: Call) => Answer,
  more: Partial<PhaseRun> = {},
): Promise<Bench> {
  const calls: Call[] = [];
  const events: RunEvent[] = [];
  const outputs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'get-repo-hash': { 'full-hash': 'the-hash', 'repo-url': 'http://127.0.0.1/the-hash', 'is-new': 'true' },
    'tag-and-push-containers': { set: '/out/containers.json' },
    'sync-images': { set: '/out/images.json' },
    'run-featureset-tests': { matrix: '["fs001","fs020"]', results: '/out/good.json' },
  };
  const result = await runPhase({
    release: 'master',
    phase: template,
    route: '',
    template: phaseTemplates[template],
    common: { config: 'tagflow.yaml', phase: template },
    fullHash: null,
    listen: (event) => events.push(event),
    clock: { now: () => 0 },
    signal: new AbortController().signal,
    outDir: '/out',
    concurrency: 1,
    execute: (action, texts) => {
      const call = { action, texts: Object.fromEntries(texts) };
      calls.push(call);
      const told = answer(call) ?? {};
      const outcome: Outcome = told.outcome ?? (texts.get('dry-run') === 'true' ? 'planned' : 'done');
      const ok = told.ok ?? ['done', 'nothing-to-do', 'planned'].includes(outcome);
      const plan = texts.get('mode') === 'promote' && outcome === 'planned' ? { plan: '/out/plan.json' } : {};
      return Promise.resolve({
        message: `${action} ended`,
        ...told,
        outcome,
        ok,
        outputs: { ...outputs[action], ...plan, ...told.outputs },
      });
    },
    ...more,
  });
  return { calls, events, result };
}

const skipped = (bench: Bench): readonly string[] =>
  bench.events.flatMap((event) => (event.type === 'job-ended' && event.outcome === null ? [event.place.job] : []));

test('outputs travel as the template says: the hash to all, parts of the set to tests and promotion', async (t) => {
  const { calls, result } = await play('upstream', () => undefined);
  t.is(result.outcome, 'done');
  t.is(result.fullHash, 'the-hash');
  t.true(calls.slice(1).every(({ texts }) => texts['full-hash'] === 'the-hash' || texts['plan'] === '/out/plan.json'));
  const [plan, promote] = calls.filter(({ texts }) => texts['mode'] === 'promote');
  if (plan === undefined) return t.fail('nothing was planned');
  t.is(plan.texts['set'], '/out/containers.json\n/out/images.json');
  t.is(plan.texts['phase'], 'upstream');
  t.is(plan.texts['dry-run'], 'true');
  const staged = calls.filter(({ texts }) => texts['plan'] === '/out/plan.json').map(({ action }) => action);
  t.deepEqual(staged, ['tag-and-push-containers', 'sync-images', 'promote-symlink']);
  t.is(promote?.texts['dry-run'], undefined);
  const jobs = calls.filter(({ action, texts }) => action === 'run-featureset-tests' && texts['dry-run'] !== 'true');
  t.deepEqual(jobs.map(({ texts }) => texts['job']).sort(), ['fs001', 'fs020']);
});

test('a failed job is reported, and the promotion decides by itself', async (t) => {
  const bench = await play('upstream', ({ action, texts }) => {
    if (action === 'run-featureset-tests' && texts['job'] === 'fs001')
      return { outcome: 'failed', outputs: { results: '/out/bad.json' } };
    if (action === 'promote-symlink' && texts['mode'] === 'promote')
      return { outcome: 'blocked', message: 'fs001 failed' };
    return undefined;
  });
  const votes = bench.calls.filter(({ action }) => action === 'report-result').map(({ texts }) => texts['results']);
  t.deepEqual([...votes].sort(), ['/out/bad.json', '/out/good.json']);
  t.is(bench.result.outcome, 'blocked');
  t.is(bench.result.message, 'fs001 failed');
  t.deepEqual(skipped(bench), ['stage-containers', 'stage-images', 'promote', 'mirror']);
});

test('what an interrupted promotion left is ended, though there is no plan', async (t) => {
  const { calls, result } = await play('upstream', ({ texts }) =>
    texts['mode'] === 'promote' && texts['dry-run'] === 'true' ? { outcome: 'half-done', ok: true } : undefined,
  );
  t.deepEqual(
    calls.slice(-2).map(({ action, texts }) => `${action} ${texts['mode'] ?? ''} ${texts['plan'] ?? ''}`.trim()),
    ['promote-symlink promote', 'sync-images mirror'],
  );
  t.is(result.outcome, 'done');
});

test('a job that could not carry the bytes leaves it to the promotion', async (t) => {
  const { calls, result } = await play('upstream', ({ texts }) =>
    texts['mode'] === 'publish' && texts['plan'] !== undefined
      ? { outcome: 'failed', message: 'disk full' }
      : undefined,
  );
  t.is(calls.filter(({ texts }) => texts['mode'] === 'promote').length, 2);
  t.is(result.outcome, 'done', 'it staged what was missing');
});

test('without a hash nothing else runs', async (t) => {
  const bench = await play('upstream', ({ action }) =>
    action === 'get-repo-hash' ? { outcome: 'waiting', outputs: { 'full-hash': '' } } : undefined,
  );
  t.deepEqual(
    bench.calls.map(({ action }) => action),
    ['get-repo-hash'],
  );
  t.is(bench.result.outcome, 'waiting');
});

test('a hash that the label names already is not built and not tested, but still looked after', async (t) => {
  const bench = await play('upstream', ({ action }) => {
    if (action === 'get-repo-hash') return { outputs: { 'is-new': 'false' } };
    return { outcome: 'nothing-to-do' };
  });
  t.deepEqual(
    bench.calls.map(({ action, texts }) => `${action} ${texts['mode'] ?? ''}`.trim()),
    ['get-repo-hash', 'promote-symlink pin', 'promote-symlink promote', 'sync-images mirror'],
  );
  t.is(bench.result.outcome, 'nothing-to-do');
});

test('what a mover could not do is what the phase could not do, though everything before went well', async (t) => {
  const bench = await play('upstream', ({ texts }) =>
    texts['mode'] === 'mirror' ? { outcome: 'failed', message: 'disk full', next: 'Free some space.' } : undefined,
  );
  t.is(bench.result.outcome, 'failed');
  t.is(bench.result.message, 'disk full. Free some space.');
});

test('an aborted run starts nothing more', async (t) => {
  const stop = new AbortController();
  const bench = await play(
    'upstream',
    ({ action }) => {
      if (action === 'get-repo-hash') stop.abort();
      return undefined;
    },
    { signal: stop.signal },
  );
  t.deepEqual(
    bench.calls.map(({ action }) => action),
    ['get-repo-hash'],
  );
  t.is(bench.result.outcome, 'failed');
});

test('a phase can start from a given hash', async (t) => {
  const { calls } = await play('osp-phase-0', () => undefined, { fullHash: 'given' });
  t.is(calls[0]?.texts['full-hash'], 'given');
});

test('a promotion that was cancelled in the middle is not a phase that went well', async (t) => {
  const stop = new AbortController();
  const bench = await play(
    'upstream',
    ({ texts }) => {
      if (texts['mode'] === 'promote' && texts['dry-run'] === undefined) stop.abort();
      return undefined;
    },
    { signal: stop.signal },
  );
  t.deepEqual(skipped(bench), ['mirror']);
  t.is(bench.result.outcome, 'failed');
  t.regex(bench.result.message, /cancelled/);
});

test('in a dry run nothing is asked of a step whose input is only planned', async (t) => {
  const bench = await play('upstream', ({ action }) =>
    action === 'build-images'
      ? { outcome: 'planned' }
      : action === 'promote-symlink'
        ? { outcome: 'planned', outputs: { plan: '' } }
        : undefined,
  );
  t.false(bench.calls.some(({ action }) => action === 'tag-and-push-containers'));
  t.false(bench.calls.some(({ action, texts }) => action === 'sync-images' && texts['mode'] === 'publish'));
  t.is(bench.result.outcome, 'done', 'the mirror is told to go on by this bench');
});

test('a mirror that failed has to be made good, and keeps no phase from beginning', async (t) => {
  const { result } = await play('upstream', ({ texts }) =>
    texts['mode'] === 'mirror' ? { outcome: 'failed', message: 'disk full' } : undefined,
  );
  t.is(result.outcome, 'failed');
  t.true(result.goesOn);
});

test('what could not be pinned or built is not asked for once the promotion has judged', async (t) => {
  for (const failing of ['pin', 'follow']) {
    const { result } = await play('upstream', ({ texts }) =>
      texts['mode'] === failing ? { outcome: 'blocked', message: 'frozen' } : undefined,
    );
    t.is(result.outcome, 'done', failing);
    t.true(result.goesOn);
  }
});

test('where the label could not move, the worst that happened is told', async (t) => {
  const { result } = await play('upstream', ({ texts }) => {
    if (texts['mode'] === 'publish') return { outcome: 'invalid', message: 'no key was given' };
    return texts['mode'] === 'promote' ? { outcome: 'waiting', message: 'votes are missing' } : undefined;
  });
  t.is(result.outcome, 'invalid');
  t.is(result.message, 'no key was given');
  t.false(result.goesOn);
});

test('nothing that could not be promoted goes on', async (t) => {
  for (const outcome of ['waiting', 'blocked', 'failed', 'half-done'] as const) {
    const { result } = await play('upstream', ({ texts }) => (texts['mode'] === 'promote' ? { outcome } : undefined));
    t.is(result.outcome, outcome);
    t.false(result.goesOn, outcome);
  }
});
