import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { modes } from '../test/sweep/lane.ts';
import { describePoint, servers } from '../test/sweep/points.ts';
import { everything, fates, sweep } from '../test/sweep/sweep.ts';
import { faultsOf, formatReport } from '../test/sweep/table.ts';

const usage = `usage: npm run sweep -- [options]
Kills the built tagflow at every call that a promotion and a rollback make, and lets the same command run again.

  --containers N   how many containers a set has; default 24
  --only MODE      ${modes.join(' or ')}; default both
  --points LIST    of ${servers.join(',')}; default all
  --ledger FATE    what becomes of it after each kill, ${fates.join(' or ')}; default both, one after the other
  --match TEXT     only points with this text in their description, as the output names them
  --to-hash        the rollback names the hash that it goes to
  --every          kill before and after reads too, and run again after every single kill
  --lanes N        labs side by side; default 3
  --dist FOLDER    the build; default dist`;

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}

async function run(): Promise<number> {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    options: {
      ...{ containers: text, only: text, points: text, ledger: text, match: text, lanes: text, dist: text },
      ...{ every: flag, 'to-hash': flag, help: flag },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const report = await sweep({
    modes: values.only === undefined ? modes : [oneOf('only', values.only, modes)],
    containers: count('containers', values.containers ?? '24'),
    lanes: count('lanes', values.lanes ?? '3'),
    fates: values.ledger === undefined ? fates : [oneOf('ledger', values.ledger, fates)],
    servers: values.points?.split(',').map((name) => oneOf('points', name, servers)) ?? servers,
    match: values.match ?? '',
    every: values.every,
    toHash: values['to-hash'],
    dist: values.dist === undefined ? everything.dist : resolve(values.dist),
    say: (line) => console.log(line),
  });
  if (report.results.length === 0) throw new RangeError(`no point has "${values.match ?? ''}" in it`);
  console.log(formatReport(report));
  if (values.match !== undefined) for (const { point } of report.results) console.log(describePoint(point));
  return report.results.some((result) => faultsOf(result).length > 0) ? 1 : 0;
}

function oneOf<Word extends string>(option: string, word: string, words: readonly Word[]): Word {
  const found = words.find((each) => each === word);
  if (found === undefined) throw new RangeError(`--${option} "${word}" is none of: ${words.join(', ')}`);
  return found;
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new RangeError(`--${option} "${text}" is not a whole number from 1`);
  return Number(text);
}
