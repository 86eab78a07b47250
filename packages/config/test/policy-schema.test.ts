import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { policyJsonSchema } from '../src/index.ts';

test('the committed JSON Schema of policy files is the one of this code, and describes every key', async (t) => {
  const text = readFileSync(join(import.meta.dirname, '../policy.schema.json'), 'utf8');
  const schema = await policyJsonSchema();
  t.deepEqual(JSON.parse(text), schema, 'write it anew: npm run generate');
  const silent: string[] = [];
  JSON.stringify(schema, (key, value: unknown) => {
    if (key === 'properties') {
      for (const [name, one] of Object.entries(value as Readonly<Record<string, { readonly description?: string }>>)) {
        if (!one.description) silent.push(name);
      }
    }
    return value;
  });
  t.deepEqual(silent, []);
});
