import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { pulled } from '../src/pulled.ts';
import type { BlobSink } from '../src/source.ts';

/** Sends letters, all in the same memory. */
function lettersOf(word: string, end: Error | null = null) {
  const memory = Buffer.alloc(1);
  const state = { sent: '', error: null as unknown };
  const send = async (sink: BlobSink): Promise<void> => {
    try {
      for (const letter of word) {
        memory.write(letter);
        state.sent += letter;
        await sink(memory);
      }
      if (end !== null) throw end;
    } catch (error) {
      state.error = error;
      throw error;
    }
  };
  return { send, state };
}

test('gives each piece when it is asked for, and leaves it alone until the next', async (t) => {
  const { send, state } = lettersOf('abcd');
  const pieces = pulled(send);
  await turn();
  t.is(state.sent, '');
  let got = '';
  for await (const piece of pieces) {
    for (let i = 0; i < 3; i++) await turn();
    got += Buffer.from(piece).toString();
    t.is(state.sent, got);
  }
  t.is(got, 'abcd');
  t.deepEqual(await Array.fromAsync(pulled(lettersOf('').send)), []);
});

test('what the source throws comes out after what it sent', async (t) => {
  const broken = new Error('the source broke');
  let got = '';
  const reading = async (): Promise<void> => {
    for await (const piece of pulled(lettersOf('ab', broken).send)) got += Buffer.from(piece).toString();
  };
  t.is(await t.throwsAsync(reading), broken);
  t.is(got, 'ab');
});

test('who leaves ends the source; before the first piece there is none', async (t) => {
  const { send, state } = lettersOf('abcd');
  for await (const piece of pulled(send)) if (piece[0] === 98) break;
  await turn();
  t.is(state.sent, 'ab');
  t.regex(`${state.error}`, /nobody wants the rest/);
  const unread = lettersOf('abcd');
  await pulled(unread.send).return(undefined);
  t.is(unread.state.sent, '');
});
