import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TagflowError } from '@tagflow/model';
import { defineAction } from '../../src/index.ts';

/** An action whose `how` chooses how it ends, so that one definition shows everything that a host can meet. */
export const sampleAction = defineAction({
  name: 'sample-action',
  description: 'Does what a test asks for.',
  inputs: {
    how: {
      type: 'enum',
      options: [
        'done',
        'nothing',
        'blocked',
        'throw',
        'unexpected',
        'sleep',
        'crash',
        'hang',
        'stuck',
        'leak',
        'commands',
      ],
      default: 'done',
      description: 'How it ends.',
    },
    release: { type: 'string', required: true, description: 'The release.' },
    'full-hash': { type: 'string', description: "The hash of the set, as get-repo-hash's output gives it." },
    concurrency: { type: 'integer', default: '4', min: 1, max: 16, description: 'Copies at once.' },
    timeout: { type: 'duration', default: '5m', description: 'How long to wait.' },
    destinations: { type: 'list', description: 'Where to.' },
    'dlrn-url': { type: 'url', description: 'The API.' },
    username: { type: 'string', description: 'The user.' },
    password: { type: 'secret', description: 'The password.' },
    'ssh-key': { type: 'secret', description: 'The private key.' },
  },
  outputs: { 'full-hash': 'The hash.', note: 'What was seen.', plan: 'A file.' },
  async run(inputs, { log, progress, signal, clock, outDir, dryRun, childEnv, actor }) {
    const password = inputs.password?.reveal() ?? '';
    switch (inputs.how) {
      case 'done': {
        log.info(`the password is ${password} and in base64 ${Buffer.from(password).toString('base64')}`);
        for (const line of inputs['ssh-key']?.reveal().split('\n') ?? []) log.info(`key line ${line}`);
        for (const copied of [1, 2, 3]) progress({ what: 'copy', done: copied, total: 3, unit: 'containers' });
        const plan = join(outDir, 'plan.json');
        await writeFile(plan, '{}');
        const note = JSON.stringify({
          release: inputs.release,
          dryRun,
          actor,
          concurrency: inputs.concurrency,
          timeout: inputs.timeout,
          destinations: inputs.destinations,
          url: inputs['dlrn-url']?.href,
          childEnv: Object.keys(childEnv),
        });
        return {
          outcome: dryRun ? 'planned' : 'done',
          outputs: { plan, note },
          summary: `| release |\n| --- |\n${password}`,
        };
      }
      case 'nothing':
        return { outcome: 'nothing-to-do', outputs: { 'full-hash': inputs['full-hash'] ?? '' } };
      case 'blocked':
        return { outcome: 'blocked', outputs: { 'full-hash': 'abc' }, message: 'job periodic-1 failed' };
      case 'throw': {
        const cause = new Error(`refused for ${password}`, {
          cause: new AggregateError([new Error('connect\nrefused')]),
        });
        throw new TagflowError('hash-changed', `label moved, password ${password}`, {
          outcome: 'waiting',
          next: 'Run it again.',
          cause,
        });
      }
      case 'unexpected':
        throw new TypeError(`x is not a function, ${password}`);
      case 'sleep':
        log.info('asleep');
        await clock.sleep(60_000, signal);
        return { outcome: 'done', outputs: {} };
      case 'crash':
        log.info('about to crash');
        setTimeout(() => {
          throw new Error(`nobody awaits this ${password}`);
        }, 1);
        await clock.sleep(60_000);
        return { outcome: 'done', outputs: {} };
      case 'hang':
        log.info('hanging');
        await clock.sleep(60_000);
        return { outcome: 'done', outputs: {} };
      case 'stuck':
        log.info('stuck');
        await new Promise(() => undefined);
        return { outcome: 'done', outputs: {} };
      case 'leak':
        return { outcome: 'done', outputs: { note: `it was ${password}` } };
      case 'commands':
        log.info('  ::set-env name=X::evil\n##[error]evil\r\u001b[2Jgone');
        log.warning('two\nlines');
        return { outcome: 'done', outputs: { note: 'first\nsecond' }, message: 'all is\nwell' };
    }
  },
});
