import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { createBars } from './images/report.ts';
import { decision } from './promotion/decision.ts';
import { flip } from './promotion/flip.ts';

export const usage = '[decision|flip…] [--engine v2|v3] [--rounds NUMBER]';

/**
 * The decision and the plan with everything in memory, and the flip with real servers, held against what the same
 * servers take for the same writes alone.
 */
export async function bench(print: (line: string) => void, words: readonly string[] = []): Promise<void> {
  const { names, engine, rounds } = parseWords(words);
  const bars = createBars(print);
  print(`load of this machine before: ${loadavg()[0]?.toFixed(1) ?? ''}`);
  if (names.includes('decision')) await decision(print, bars);
  if (names.includes('flip')) await flip(print, bars, { engine, rounds });
  print(`\nload of this machine after: ${loadavg()[0]?.toFixed(1) ?? ''}`);
  bars.summary();
}

function parseWords(words: readonly string[]): {
  readonly names: readonly string[];
  readonly engine: 'v2' | 'v3';
  readonly rounds: number;
} {
  const options = { engine: { type: 'string', default: 'v3' }, rounds: { type: 'string', default: '5' } } as const;
  const { positionals, values } = parseArgs({ args: [...words], options, allowPositionals: true });
  const cases = ['decision', 'flip'];
  const { engine } = values;
  const rounds = Number(values.rounds);
  const known = positionals.every((name) => cases.includes(name)) && Number.isInteger(rounds) && rounds > 0;
  if (!known || (engine !== 'v2' && engine !== 'v3')) throw new Error(`usage: promotion ${usage}`);
  return { names: positionals.length === 0 ? cases : positionals, engine, rounds };
}
