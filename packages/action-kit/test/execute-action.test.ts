import test from 'ava';
import { defineAction, executeAction, systemClock } from '../src/index.ts';

const nosy = defineAction({
  name: 'nosy',
  description: 'Says what it sees.',
  inputs: { password: { type: 'secret', description: 'Its own secret.' } },
  outputs: { seen: 'What it saw.' },
  run(_inputs, { childEnv, env, log }) {
    const all = ['OWN', 'OTHER', 'HEADER', 'PLAIN'].map((name) => env(name)).join(' ');
    log.info(all);
    return Promise.resolve({ outcome: 'done', outputs: { seen: Object.keys(childEnv).join(' ') }, message: all });
  },
});

test('what is confidential in the run is masked and withheld like the secrets of the action itself', async (t) => {
  const said: string[] = [];
  const result = await executeAction(nosy, new Map([['password', 'own-secret']]), {
    clock: systemClock,
    log: { debug: () => undefined, info: (line) => said.push(line), warning: () => undefined },
    progress: () => undefined,
    signal: new AbortController().signal,
    outDir: '/nonexistent',
    cwd: '/',
    actor: 'test',
    random: () => 0,
    env: {
      OWN: 'own-secret',
      OTHER: 'the key of others',
      HEADER: Buffer.from('ci:the key of others').toString('base64'),
      PLAIN: 'plain',
    },
    confidential: { secrets: ['the key of others'], usernames: ['ci'] },
  });
  t.is(result.outputs['seen'], 'PLAIN');
  t.deepEqual(said, ['*** *** *** plain']);
  t.is(result.message, '*** *** *** plain');
});
