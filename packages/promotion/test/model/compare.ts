import { isDeepStrictEqual } from 'node:util';
import type { Model } from './label.ts';
import { look, type Real, type Seen } from './real.ts';

/** Whether the engine's world is that of the model, in all that can be seen. @throws what differs */
export async function agree(model: Model, real: Real): Promise<void> {
  const seen = await look(real);
  for (const key of Object.keys(seen) as (keyof Seen)[]) {
    if (key === 'interrupted' && (seen.interrupted === null) === (model.interrupted === null)) continue;
    same(key, seen[key], model[key]);
  }
}

/** @throws what differs */
export function same(what: string, seen: unknown, expected: unknown): void {
  const [is, should] = [plain(seen), plain(expected)];
  if (isDeepStrictEqual(is, should)) return;
  throw new Error(`${what} differ\nengine ${JSON.stringify(is)}\nmodel  ${JSON.stringify(should)}`);
}

const plain = (value: unknown): unknown => (value instanceof Map ? Object.fromEntries([...value].sort()) : value);
