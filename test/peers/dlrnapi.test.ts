import test from 'ava';
import { type ClientRun, runDlrnapi } from './dlrn/dlrnapi.ts';
import { fillText } from './dlrn/placeholders.ts';
import { startTwin, type Twin } from './dlrn/twin.ts';

interface ClientCall {
  /** Its words, with the placeholders of dlrn/placeholders.ts; every one of them has a value in this variant. */
  readonly args: readonly string[];
  readonly code: number;
  readonly password?: string;
  /** Below the URL of the API. */
  readonly path?: string;
}

const good = ['--commit-hash', '{good.commit}', '--distro-hash', '{good.distro}'];
const exactly = [...good, '--extended-hash', '{good.extended}'];
const said = ['--job-id', 'job', '--info-url', 'http://ci.example/1', '--timestamp', '1600000000'];
const pair = (name: string): string => `{${name}.commit}_{${name}.distro}_{${name}.extended}`;

// In this order: every command of the client, and how it fails.
const calls: readonly ClientCall[] = [
  { args: ['repo-get'], code: 0 },
  { args: ['report-result', ...exactly, ...said, '--success', 'true', '--notes', 'first'], code: 0 },
  { args: ['report-result', ...good, ...said, '--success', 'False'], code: 0 },
  { args: ['report-result', ...said, '--success', 'true'], code: 1 },
  { args: ['repo-status', ...exactly], code: 0 },
  { args: ['repo-status', ...good, '--success', 'false'], code: 0 },
  { args: ['repo-status', '--commit-hash', 'x', '--distro-hash', '{good.distro}'], code: 1 },
  { args: ['repo-promote', ...exactly, '--promote-name', 'label'], code: 0 },
  { args: ['repo-promote', ...good, '--promote-name', 'current'], code: 1 },
  { args: ['repo-promote', ...good, '--promote-name', 'label'], code: 1, password: 'wrong' },
  {
    args: ['repo-promote-batch', '--hash-pairs', `${pair('newer')},${pair('other')}`, '--promote-name', 'batch'],
    code: 0,
  },
  { args: ['promotion-get', '--promote-name', 'batch', '--limit', '5'], code: 0 },
  { args: ['promotion-get', '--agg-hash', '{newest.aggregate}', '--offset', '0'], code: 0 },
  { args: ['report-result', '--agg-hash', '{newest.aggregate}', ...said, '--success', 'true'], code: 0 },
  { args: ['agg-status', '--agg-hash', '{newest.aggregate}', '--success', 'true'], code: 0 },
  { args: ['repo-use', '--reporting-job-id', 'runner', '--job-id', 'job', '--component', '{good.component}'], code: 0 },
  { args: ['repo-get', '--sequential-mode', '--previous-job-id', 'nobody', '--max-age', '1'], code: 1 },
  { args: ['build-metrics', '--start-date', '2001-09-09', '--end-date', '2100-01-01'], code: 0 },
  { args: ['commit-import', '--repo-url', '{remote.url}'], code: 0 },
  { args: ['promotion-get'], code: 1, path: '/nothing' },
];

let twin: Twin;
test.before(async () => {
  twin = await startTwin({ mode: 'component', extended: true });
});
test.after.always(() => twin?.close());

// Serial: later calls see what earlier ones have written. Both servers are asked at the same time.
for (const [index, { args, code, password = 'cipass', path = '' }] of calls.entries()) {
  test.serial(`${index + 1}: dlrnapi ${args[0]}${code === 0 ? '' : ', which fails'}`, async (t) => {
    const words = args.map((word) => fillText(word, twin.values) ?? '');
    const [real, lab] = await Promise.all(
      [twin.sides.real, twin.sides.lab].map(({ apiUrl }) => runDlrnapi(words, { url: `${apiUrl}${path}`, password })),
    );
    t.is(real?.code, code, `${args.join(' ')}\n${real?.problem}`);
    t.not(`${real?.out}${real?.problem}`, '');
    t.deepEqual(normalised(lab), normalised(real), args.join(' '));
    const made = /"aggregate_hash": "([0-9a-f]{32})"/.exec(real?.out ?? '')?.[1];
    if (made !== undefined) twin.values.set('newest.aggregate', made);
  });
}

test.serial('the client has left the same files on both', async (t) => {
  t.deepEqual(await twin.ask({ name: 'the files', ask: 'LOOK' }), []);
});

function normalised(run: ClientRun | undefined): unknown {
  const timeless = (text: string): string =>
    text.replaceAll(/"timestamp": (\d+)/g, (whole, seconds: string) =>
      twin.isClock(Number(seconds)) ? '"timestamp": CLOCK' : whole,
    );
  const anywhere = (text: string): string => text.replaceAll(/http:\/\/127\.0\.0\.1:\d+\/api-/g, 'API-');
  return { ...run, out: anywhere(timeless(run?.out ?? '')) };
}
